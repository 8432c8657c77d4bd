import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatRows, parseRows, readRows, writeRows } from '../../src/rows/rows-file.ts';
import { ROWS_VERSION, type RowsResult } from '../../src/rows/rows-result.ts';
import { pairs, RATIO, rowsOf, SIZE } from './rows-fixture.ts';

const result = rowsOf([RATIO, SIZE], pairs(RATIO.id, [30, 10], [31, 10]), [{ row: SIZE.id, reason: 'No disk.' }]);

describe('a file of rows', () => {
  test('reads back as it was written', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bench-rows-'));
    try {
      await writeRows(join(directory, 'rows.json'), result);
      expect(await readRows(join(directory, 'rows.json'))).toEqual(result);
      expect(await readdir(directory)).toEqual(['rows.json']);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('has one line per sample', () => {
    expect(formatRows(result).match(/^ {4}\{"row":.*\},?$/gm)).toHaveLength(4);
    expect(parseRows(formatRows(rowsOf([], [])), 'it')).toEqual(rowsOf([], []));
  });

  test('that is not there is told from one that is broken', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bench-rows-'));
    try {
      await expect(readRows(join(directory, 'missing.json'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
      await writeFile(join(directory, 'broken.json'), '{"format":');
      await expect(readRows(join(directory, 'broken.json'))).rejects.toMatchObject({ code: 'INVALID_ARCHIVE' });
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('of a later release is refused as such', () => {
    const later = formatRows({ ...result, version: ROWS_VERSION + 1 });
    expect(() => parseRows(later, 'it')).toThrow(expect.objectContaining({ code: 'NEWER_FORMAT' }));
  });

  test.each<[string, Partial<Record<keyof RowsResult, unknown>>]>([
    ['is of another format', { format: 'graphdriver-bench' }],
    ['has a sample of no row', { rows: [SIZE] }],
    ['has a skip of no row', { skips: [{ row: 'nothing', reason: 'It is nothing.' }] }],
    ['has half a pair', { samples: result.samples.slice(0, 3) }],
    ['has an unknown side', { samples: [{ row: RATIO.id, side: 'both', pair: 0, value: 1 }] }],
    ['has a unit that nobody knows', { rows: [{ ...RATIO, unit: 'apples' }, SIZE] }],
    ['has no environment', { environment: null }],
  ])('is refused when it %s', (_what, change) => {
    const text = JSON.stringify({ ...result, ...change });
    expect(() => parseRows(text, 'it')).toThrow(expect.objectContaining({ code: 'INVALID_ARCHIVE' }));
  });
});
