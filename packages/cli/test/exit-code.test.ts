import { readFileSync } from 'node:fs';
import { STORAGE_ERROR_CODES, StorageError } from '@graphdriver/core';
import { describe, expect, it } from 'vitest';
import { exitCodeFor } from '../src/exit-code.ts';

const documented = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
const rows = [...documented.matchAll(/^\| `([A-Z_]+)` \|.*\| (\d+) \|$/gm)].map(
  (match) => [match[1] ?? '', Number(match[2])] as const,
);

describe('exit codes', () => {
  it('are documented for every error code, and for no other', () => {
    expect(rows.map(([code]) => code).toSorted()).toEqual(STORAGE_ERROR_CODES.toSorted());
  });

  it.each(STORAGE_ERROR_CODES)('of %s is the documented one', (code) => {
    expect(exitCodeFor(new StorageError(code, 'It failed.'))).toBe(new Map(rows).get(code));
  });

  it('of a wrong argument is that of wrong usage', () => {
    expect(exitCodeFor(new TypeError('A layer id is something else.'))).toBe(2);
  });

  it('of anything unforeseen is 1', () => {
    expect(exitCodeFor(new Error('boom'))).toBe(1);
    expect(exitCodeFor('boom')).toBe(1);
  });
});
