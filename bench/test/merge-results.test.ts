import { describe, expect, test } from 'vitest';
import { caseId } from '../src/bench-case.ts';
import type { BenchResult, SampleRecord } from '../src/bench-result.ts';
import { mergeResults } from '../src/merge-results.ts';
import { formatResult, parseResult } from '../src/result-file.ts';
import { resultOf } from './result-fixture.ts';

const of = { workload: 'lifecycle', files: 16, fileSize: 65_536 } as const;

function run(labels: readonly string[], rounds: number, more: Partial<BenchResult> = {}): BenchResult {
  const samples = labels.flatMap((label) =>
    Array.from({ length: rounds }, (_, round): SampleRecord => {
      return {
        target: label,
        case: caseId(of),
        operation: 'create',
        round,
        index: 0,
        nanoseconds: 1_000 * (round + 1),
      };
    }),
  );
  return { ...resultOf([of], samples), rounds, ...more };
}

describe('results of several runs', () => {
  test('are one, in which a later run takes the place of an earlier one on the same target', () => {
    const early = run(['a', 'b'], 1, { complete: false, rounds: 3 });
    const late = run(['b', 'c'], 2);
    const merged = mergeResults([early, late]);
    expect(merged.targets.map(({ label }) => label)).toEqual(['a', 'b', 'c']);
    expect(merged.samples.filter(({ target }) => target === 'b')).toEqual(late.samples.slice(0, 2));
    expect([merged.rounds, merged.complete]).toEqual([1, true]);
    expect(parseResult(formatResult(merged), 'merged')).toEqual(merged);
  });

  test('are incomplete while a case was neither measured nor skipped', () => {
    const early = run(['a', 'b'], 2);
    const samples = early.samples.filter(({ target }) => target === 'a');
    expect(mergeResults([{ ...early, samples }, run(['c'], 2)]).complete).toBe(false);
    const skips = [{ target: 'b', case: caseId(of), reason: 'It would take too long.' }];
    expect(mergeResults([{ ...early, samples, skips }, run(['c'], 2)])).toMatchObject({ complete: true, rounds: 2 });
  });

  test('of another machine or seed are refused', () => {
    const one = run(['a'], 1);
    expect(() => mergeResults([one, { ...one, seed: one.seed + 1 }])).toThrow(TypeError);
    const environment = { ...one.environment, kernel: '5.4.0' };
    expect(() => mergeResults([one, { ...one, environment }])).toThrow(TypeError);
    expect(() => mergeResults([])).toThrow(TypeError);
  });
});
