import { describe, expect, test } from 'vitest';
import { renderRowNotes, renderRows, renderVerdict } from '../../src/rows/render-rows.ts';
import type { RowSample } from '../../src/rows/rows-result.ts';
import { pairs, RATIO, rowsOf, SIZE } from './rows-fixture.ts';

const size: RowSample[] = [0, 1, 2].map((pair) => ({ row: SIZE.id, side: 'ours', pair, value: 20_480 }));
const result = rowsOf(
  [RATIO, SIZE, { ...RATIO, id: 'gone' }],
  [...pairs(RATIO.id, [1.5e6, 1e6], [1.6e6, 1e6], [1.4e6, 1e6]), ...size],
  [{ row: 'gone', reason: 'There is no such command.' }],
);

describe('renderRows', () => {
  test('shows sides, result, target and verdict in the units of the row', () => {
    const [, , ratio = '', bytes = ''] = renderRows(result).split('\n');
    expect(ratio.split(/ {2,}/)).toEqual([
      'group/ratio',
      'our way',
      'their way',
      '1.50 ms',
      '1.00 ms',
      '1.50 [1.40, 1.60]',
      '≤ 2.00',
      'met',
    ]);
    expect(bytes.split(/ {2,}/)).toEqual([
      'size',
      'our way',
      '20 KiB',
      '20 KiB [20 KiB, 20 KiB]',
      '≤ 16 KiB',
      'missed',
    ]);
  });

  test('says under the table what could not be measured and why', () => {
    expect(renderRows(result).trimEnd().split('\n').at(-1)).toBe(
      'gone could not be measured: There is no such command.',
    );
    expect(renderRows(rowsOf([RATIO], pairs(RATIO.id, [1, 1])))).not.toContain('could not');
  });

  test('makes a table of Markdown of every row', () => {
    const lines = renderRows(result, 'markdown').split('\n');
    expect(lines.filter((line) => line.startsWith('|'))).toHaveLength(2 + 3);
  });

  test('says of a verdict that it is not sure where another run may say the opposite', () => {
    const text = renderRows(rowsOf([RATIO], pairs(RATIO.id, [15, 10], [16, 10], [30, 10])));
    expect(text).toContain('met, not surely');
  });
});

describe('the text around the table', () => {
  test('counts the targets that were met and names the others', () => {
    expect(renderVerdict(result)).toBe('1 of 3 targets are met; missed: size; not measured: gone.\n');
  });

  test('has the comparison and the facts of every row', () => {
    expect(renderRowNotes(result).split('\n')[0]).toBe('group/ratio: Both do the same. On a file system.');
    expect(renderRowNotes(result, 'markdown').split('\n')[1]).toBe('- `size`: Both do the same.');
  });
});
