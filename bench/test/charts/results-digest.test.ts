import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { resultsDigest, withDigest } from '../../src/charts/results-digest.ts';
import { readResult } from '../../src/result-file.ts';

const repository = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

describe('resultsDigest', () => {
  it('has a line for each target, with its life and three first writes', async () => {
    const result = await readResult(fileURLToPath(new URL('./fixture/grid.json', import.meta.url)));
    const digest = resultsDigest(result);
    const lines = digest.split('\n').filter((line) => line.startsWith('|'));
    expect(lines).toHaveLength(result.targets.length + 2);
    expect(lines[0]).toMatch(/create .*mount .*first write.*unmount .*remove/);
    expect(digest).toContain(`Measured on ${result.startedAt.slice(0, 10)}`);
  });

  it('says nothing of what was not measured', async () => {
    const result = await readResult(fileURLToPath(new URL('./fixture/grid.json', import.meta.url)));
    expect(resultsDigest({ ...result, cases: {}, samples: [], skips: [] })).not.toMatch(/create|first write,/);
  });

  it('is what README.md shows of the published run', async () => {
    const published = await readResult(repository('docs/benchmarks/results/one-run.json'));
    const readme = readFileSync(repository('README.md'), 'utf8');
    expect(readme).toBe(withDigest(readme, resultsDigest(published)));
  });

  it('is refused by a text that has no place for it', () => {
    expect(() => withDigest('Nothing here.', 'digest')).toThrow(TypeError);
  });
});
