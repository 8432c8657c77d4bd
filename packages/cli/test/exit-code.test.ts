import { readFileSync } from 'node:fs';
import { STORAGE_ERROR_CODES, StorageError } from '@graphdriver/core';
import { STORE_ERROR_CODES, StoreError } from '@graphdriver/store';
import { describe, expect, it } from 'vitest';
import { exitCodeFor } from '../src/exit-code.ts';

const text = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
const [ofDrivers = '', ofTheStore = ''] = text.split('## Of the store');

/** What a table says of each code: a row can name several, and an exit code may be followed by others with their conditions. */
function documented(table: string): ReadonlyMap<string, string> {
  const rows = [...table.matchAll(/^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \|.*\| ([^|]+) \|$/gm)];
  return new Map(
    rows.flatMap(([, codes = '', exit = '']) => [...codes.matchAll(/[A-Z_]+/g)].map(([code]) => [code, exit] as const)),
  );
}

const driverCodes = documented(ofDrivers);
const storeCodes = documented(ofTheStore);
const exitOf = (code: string) => {
  const exit = storeCodes.get(code);
  return Number.parseInt((exit === 'as above' ? driverCodes.get(code) : exit) ?? '', 10);
};

describe('exit codes', () => {
  it('are documented for every error code, and for no other', () => {
    expect([...driverCodes.keys()].toSorted()).toEqual(STORAGE_ERROR_CODES.toSorted());
    expect([...storeCodes.keys()].toSorted()).toEqual(STORE_ERROR_CODES.toSorted());
  });

  it.each(STORAGE_ERROR_CODES)('of %s is the documented one', (code) => {
    expect(`${exitCodeFor(new StorageError(code, 'It failed.'))}`).toBe(driverCodes.get(code));
  });

  it.each(STORE_ERROR_CODES)('of %s from the store is the documented one', (code) => {
    expect(exitCodeFor(new StoreError(code, 'It failed.'))).toBe(exitOf(code));
  });

  it('of a wrong argument is that of wrong usage', () => {
    expect(exitCodeFor(new TypeError('A layer id is something else.'))).toBe(2);
  });

  it('of anything unforeseen is 1', () => {
    expect(exitCodeFor(new Error('boom'))).toBe(1);
    expect(exitCodeFor('boom')).toBe(1);
  });
});
