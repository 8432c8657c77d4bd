import { expect, test } from 'vitest';
import { bindFlags, primaryOf, viewOf } from '../src/view.ts';
import { plainCapabilities } from './fixture/plain-backend.mjs';

test.each([
  [{}, 'writable', '', false],
  [{ readOnly: true }, 'writable', 'o', true],
  [{ readOnly: true, nosuid: true, nodev: true, noexec: true }, 'writable', 'osdx', true],
  [{}, 'committed', '', true],
  [{ readOnly: true }, 'committed', '', true],
  [{ readOnly: true, noexec: true }, 'committed', 'x', true],
] as const)('%j of a %s layer is the bind %j', (options, kind, flags, readOnly) => {
  expect(viewOf(plainCapabilities, kind, options)).toEqual({ flags, readOnly, volatile: false });
});

test('a bind on a read-only mount says so again', () => {
  expect(bindFlags({ flags: 'x', readOnly: true, volatile: false })).toEqual(['ro', 'noexec']);
  expect(bindFlags({ flags: 'sd', readOnly: false, volatile: false })).toEqual(['nosuid', 'nodev']);
});

test('a writable layer is mounted writable underneath a read-only bind', () => {
  const view = viewOf(plainCapabilities, 'writable', { readOnly: true, volatile: true });
  expect(primaryOf(view, 'writable')).toEqual({ readOnly: false, volatile: true });
});

test('nothing is volatile about a committed layer, nor where the driver does not offer it', () => {
  expect(viewOf(plainCapabilities, 'committed', { volatile: true }).volatile).toBe(false);
  expect(viewOf({ ...plainCapabilities, volatile: false }, 'writable', { volatile: true }).volatile).toBe(false);
});
