import { describe, expect, test } from 'vitest';
import { groupRows, mergeRows } from '../../src/rows/merge-rows.ts';
import { pairs, RATIO, rowsOf, SIZE } from './rows-fixture.ts';

const first = rowsOf([RATIO, SIZE], pairs(RATIO.id, [30, 10], [31, 10]), [{ row: SIZE.id, reason: 'No disk.' }]);
const later = {
  ...rowsOf([SIZE], pairs(SIZE.id, [5, 1])),
  startedAt: '2027-01-02T03:04:05.000Z',
  endedAt: '2027-01-02T03:05:05.000Z',
};

describe('several runs of rows', () => {
  test('become one, in which a later row takes the place of an earlier one and says when it was measured', () => {
    const merged = mergeRows([first, later]);
    expect(merged.rows.map(({ id }) => id)).toEqual([RATIO.id, SIZE.id]);
    expect(merged.rows[0]).toEqual(RATIO);
    expect(merged.rows[1]?.facts.at(-1)).toContain('2027-01-02');
    expect(merged.samples).toEqual([...first.samples, ...later.samples]);
    expect(merged).toMatchObject({ startedAt: first.startedAt, endedAt: later.endedAt, skips: [] });
  });

  test('keep rows that only one of them has', () => {
    const merged = mergeRows([rowsOf([RATIO], pairs(RATIO.id, [30, 10])), later]);
    expect(merged.rows.map(({ id }) => id)).toEqual([RATIO.id, SIZE.id]);
    expect(mergeRows([first])).toBe(first);
  });

  test('of different machines, or of one whose idle processors do something else, stand apart', () => {
    const { cpu } = first.environment;
    const polling = { ...later, environment: { ...later.environment, cpu: { ...cpu, idle: 'haltpoll, 200000 ns' } } };
    expect(groupRows([first, polling, later])).toEqual([mergeRows([first, later]), polling]);
    expect(groupRows([])).toEqual([]);
  });

  test('of different machines are not merged, and so are none', () => {
    const elsewhere = { ...later, environment: { ...later.environment, kernel: 'another' } };
    expect(() => mergeRows([first, elsewhere])).toThrow(/different machines/);
    expect(() => mergeRows([])).toThrow(TypeError);
  });
});
