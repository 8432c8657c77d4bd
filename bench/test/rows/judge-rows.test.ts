import { describe, expect, test } from 'vitest';
import { judgeRows, rowValues } from '../../src/rows/judge-rows.ts';
import type { RowSample } from '../../src/rows/rows-result.ts';
import { pairs, RATIO, rowsOf, SIZE } from './rows-fixture.ts';

const size = (...values: readonly number[]): RowSample[] =>
  values.map((value, pair) => ({ row: SIZE.id, side: 'ours', pair, value }));

describe('judgeRows', () => {
  test('divides the two samples of a pair, whichever was taken first', () => {
    const result = rowsOf([RATIO], pairs(RATIO.id, [30, 10], [40, 20]).toReversed());
    expect(rowValues(result, RATIO).sort()).toEqual([2, 3]);
  });

  test('goes by the median of the ratios, so that one slow minute of the machine changes nothing', () => {
    const [judged] = judgeRows(rowsOf([RATIO], pairs(RATIO.id, [15, 10], [1500, 1000], [16, 10], [14, 10], [900, 10])));
    expect(judged).toMatchObject({ verdict: 'met', summary: { median: 1.5 }, ours: 16, theirs: 10 });
  });

  test('says that a target was missed', () => {
    const [judged] = judgeRows(rowsOf([RATIO], pairs(RATIO.id, [25, 10], [26, 10], [24, 10])));
    expect(judged).toMatchObject({ verdict: 'missed', sure: true });
  });

  test('is not sure where the target lies within the interval', () => {
    const met = judgeRows(rowsOf([RATIO], pairs(RATIO.id, [15, 10], [16, 10], [30, 10])));
    const missed = judgeRows(rowsOf([RATIO], pairs(RATIO.id, [15, 10], [26, 10], [30, 10])));
    expect(met[0]).toMatchObject({ verdict: 'met', sure: false });
    expect(missed[0]).toMatchObject({ verdict: 'missed', sure: false });
  });

  test('takes exactly the target for met', () => {
    expect(judgeRows(rowsOf([SIZE], size(16384, 16384, 16384)))[0]).toMatchObject({ verdict: 'met', sure: true });
  });

  test('judges an absolute row by its samples', () => {
    const [judged] = judgeRows(rowsOf([SIZE], size(20_000, 21_000, 22_000)));
    expect(judged).toMatchObject({ verdict: 'missed', summary: { median: 21_000 }, ours: 21_000, theirs: null });
  });

  test('calls a row without a target information', () => {
    const [judged] = judgeRows(rowsOf([{ ...RATIO, target: null }], pairs(RATIO.id, [90, 10])));
    expect(judged).toMatchObject({ verdict: 'information', sure: true });
  });

  test('says why a row was not measured', () => {
    const skipped = judgeRows(rowsOf([RATIO], [], [{ row: RATIO.id, reason: 'There is no such thing here.' }]));
    expect(skipped[0]).toMatchObject({
      verdict: 'not measured',
      summary: null,
      reason: 'There is no such thing here.',
    });
    expect(judgeRows(rowsOf([RATIO], []))[0]?.reason).toBe('The run ended before.');
  });

  test('gives the same interval every time', () => {
    const result = rowsOf([RATIO], pairs(RATIO.id, [15, 10], [16, 10], [30, 10], [22, 10], [19, 10]));
    expect(judgeRows(result)).toEqual(judgeRows(result));
  });
});
