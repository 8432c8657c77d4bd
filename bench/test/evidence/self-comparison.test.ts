import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { renderSelfComparison, runSelfComparison, selfComparison } from '../../src/evidence/self-comparison.ts';
import { seededRandom } from '../../src/seeded-random.ts';
import { simulatedResult } from './simulated-result.ts';

test('a target beside itself is measured in turns and compared by pairs of rounds', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bench-self-'));
  try {
    const source = { specifier: new URL('../fixture-drivers.mjs', import.meta.url).href, export: 'directory' };
    const result = await runSelfComparison({ label: 'it', source, directory }, { rounds: 2, mostSamples: 1 });
    expect(result).toMatchObject({
      complete: true,
      skips: [],
      targets: [{ driver: 'directory' }, { driver: 'directory' }],
    });
    const labels = result.targets.map(({ label }) => label);
    expect(result.order.map(({ target }) => labels.indexOf(target))).toEqual([0, 1, 1, 0]);
    const found = selfComparison(result);
    expect(found.comparison.cases.every(({ unit, observations }) => unit === 'round' && observations === 2)).toBe(true);
    expect(found.detectable).toBeGreaterThan(1);
    expect(await readdir(directory)).toEqual([]);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('a target beside itself leaves 1 out of about one interval in twenty, and calls nothing', () => {
  const targets = ['it, first', 'it, second'];
  const found = selfComparison(simulatedResult({ targets, rounds: 30, random: seededRandom(8) }));
  expect(found.tests).toBe(found.comparison.cases.length - 4 + found.comparison.operations.length - 1);
  expect(found.leftOut / found.tests).toBeLessThan(0.3);
  expect(found.called).toBe(0);
  expect(renderSelfComparison(found)).toContain('30 rounds');
});

test('a result of two different targets is no self-comparison', () => {
  const other = simulatedResult({ targets: ['overlay2', 'vfs'], rounds: 2, random: seededRandom(8) });
  expect(() => selfComparison(other)).toThrow(TypeError);
});
