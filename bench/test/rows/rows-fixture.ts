import {
  ROWS_VERSION,
  type RowRecord,
  type RowSample,
  type RowSkip,
  type RowsResult,
} from '../../src/rows/rows-result.ts';
import { resultOf } from '../result-fixture.ts';

/** A ratio with a target of 2. */
export const RATIO: RowRecord = {
  id: 'group/ratio',
  title: 'a ratio',
  unit: 'times',
  target: 2,
  ours: 'our way',
  theirs: 'their way',
  why: 'Both do the same.',
  facts: ['On a file system.'],
};

/** A size with a target of 16 KiB. */
export const SIZE: RowRecord = {
  ...RATIO,
  id: 'size',
  title: 'a size',
  unit: 'bytes',
  target: 16 * 1024,
  theirs: null,
  facts: [],
};

/** Rows with the given samples, on a machine that never was. */
export function rowsOf(
  rows: readonly RowRecord[],
  samples: readonly RowSample[],
  skips: readonly RowSkip[] = [],
): RowsResult {
  const { startedAt, endedAt, environment } = resultOf([], []);
  return {
    format: 'graphdriver-rows',
    version: ROWS_VERSION,
    startedAt,
    endedAt,
    complete: true,
    seed: 1,
    environment,
    filesystem: { name: 'ext4', source: '/dev/loop0', mountOptions: ['rw'], free: 1024 },
    rows,
    samples,
    skips,
  };
}

/** The two samples of every pair, given as times of ours and theirs. */
export function pairs(row: string, ...times: readonly (readonly [ours: number, theirs: number])[]): RowSample[] {
  return times.flatMap(([ours, theirs], pair): RowSample[] => [
    { row, side: 'ours', pair, value: ours },
    { row, side: 'theirs', pair, value: theirs },
  ]);
}
