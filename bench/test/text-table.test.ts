import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { renderTable } from '../src/text-table.ts';

const columns = [{ heading: 'name' }, { heading: 'value', align: 'right' as const }];

test('a text table aligns its columns and ends no line in spaces', () => {
  expect(renderTable(columns, [['overlay2', '1.25 ms'], ['vfs']])).toBe(
    ['name        value', '────────  ───────', 'overlay2  1.25 ms', 'vfs', ''].join('\n'),
  );
});

test('colours do not count as width', () => {
  const plain = renderTable(columns, [['ok', '1']]);
  const coloured = renderTable(columns, [['\u001b[32mok\u001b[39m', '1']]);
  expect(stripVTControlCharacters(coloured)).toBe(plain);
});

test('a markdown table says which way its columns lean, and escapes pipes', () => {
  expect(renderTable(columns, [['a|b', '1']], 'markdown')).toBe(
    ['| name | value |', '| ---- | ----: |', '| a\\|b |     1 |', ''].join('\n'),
  );
});
