import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { allSaboteurs } from '../src/all-saboteurs.ts';
import { renderSaboteurTable } from '../src/saboteur-table.ts';

test('docs/saboteurs.md says what the saboteurs say', () => {
  const written = readFileSync(new URL('../../../docs/saboteurs.md', import.meta.url), 'utf8');
  expect(written).toBe(renderSaboteurTable(allSaboteurs));
});
