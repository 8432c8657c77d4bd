import { resolve } from 'node:path';
import type { OpenOptions, SettingSpec } from '@graphdriver/core';
import { describe, expect, test } from 'vitest';
import { checkOpenOptions, openManagedDriver, prepareRoot, probeRoot } from '../src/index.ts';
import { PlainBackend, plainCapabilities } from './fixture/plain-backend.mjs';

const known: readonly SettingSpec[] = [{ key: 'colour', values: ['white', 'black'], summary: 'Paints.' }];

test('options are filled in: the root absolute, the route the default one, and no settings', () => {
  expect(checkOpenOptions({ root: 'layers/../here' }, { driver: 'plain' })).toEqual({
    root: resolve('here'),
    mountWith: 'auto',
    settings: {},
  });
});

test('options that are given stay as they are, and cannot be changed afterwards', () => {
  const settings: Record<string, string> = { colour: 'black' };
  const checked = checkOpenOptions({ root: '/layers', mountWith: 'command', settings }, { driver: 'plain', known });
  settings['colour'] = 'red';
  expect(checked).toEqual({ root: '/layers', mountWith: 'command', settings: { colour: 'black' } });
  expect(Object.isFrozen(checked) && Object.isFrozen(checked.settings)).toBe(true);
});

test('options that are there but undefined are as if they were left out', () => {
  // What a call from JavaScript can be.
  const options = { root: '/layers', mountWith: undefined, settings: undefined } as unknown as OpenOptions;
  expect(checkOpenOptions(options, { driver: 'plain' })).toEqual(
    checkOpenOptions({ root: '/layers' }, { driver: 'p' }),
  );
});

describe.each([
  undefined,
  null,
  '/layers',
  {},
  { root: '' },
  { root: 7 },
  { root: 'layers\0' },
  { root: '/layers', size: 1 },
  { root: '/layers', mountWith: 'fuse' },
  { root: '/layers', mountWith: null },
  { root: '/layers', settings: null },
  { root: '/layers', settings: { taste: 'sweet' } },
  { root: '/layers', settings: { colour: 'red' } },
  { root: '/layers', settings: { colour: 1 } },
])('%j', (given) => {
  // As above.
  const options = given as OpenOptions;

  test('is refused with a TypeError', () => {
    expect(() => checkOpenOptions(options, { driver: 'plain', known })).toThrow(TypeError);
  });

  test('is refused so by opening and by a probe', async () => {
    const backend = Object.assign(new PlainBackend('/never-made'), { settings: known });
    await expect(openManagedDriver(backend, options)).rejects.toBeInstanceOf(TypeError);
    const request = { driver: 'plain', settings: known, unsuitable: () => null, capabilities: () => plainCapabilities };
    await expect(probeRoot({ ...request, options })).rejects.toBeInstanceOf(TypeError);
  });
});

test('a driver without settings takes none', () => {
  const options = { root: '/layers', settings: { colour: 'black' } };
  expect(() => checkOpenOptions(options, { driver: 'plain' })).toThrow(TypeError);
});

test.each(['', 'layers\0', 7])('%j is no root that could be made', (root) => {
  // As above.
  expect(() => prepareRoot(root as string)).toThrow(TypeError);
});
