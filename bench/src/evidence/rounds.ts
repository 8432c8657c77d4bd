import type { Operation } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import { samplesIn } from '../summaries.ts';

/** Samples of one operation of a case on a target by the round that took them, in nanoseconds. */
export type Rounds = ReadonlyMap<number, readonly number[]>;

/** Sorts the samples by round. What the clock could not tell from nothing is 1 ns, so that all of it has a logarithm. */
export function roundsOf(result: BenchResult, target: string, caseId: string, operation: Operation): Rounds {
  const rounds = new Map<number, number[]>();
  for (const sample of samplesIn(result, target, caseId)) {
    if (sample.operation !== operation) continue;
    const value = Math.max(1, sample.nanoseconds);
    const known = rounds.get(sample.round);
    if (known === undefined) rounds.set(sample.round, [value]);
    else known.push(value);
  }
  return rounds;
}
