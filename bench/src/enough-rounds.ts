import { caseId, isCopyUp } from './bench-case.ts';
import type { BenchResult } from './bench-result.ts';
import { quantileInterval } from './evidence/quantile-interval.ts';
import { samplesByRound } from './summaries.ts';

/** When a run ends by itself. */
export interface EnoughOptions {
  /** Goes on after the rounds that were asked for until the medians of first writes are known this well, as in 0.05: see {@link isPrecise}. */
  readonly until?: number;
  /** The greatest number of rounds with `until`; 30 unless given. */
  readonly mostRounds?: number;
  /** Begins no round that would likely end later than so many milliseconds after the first one began. */
  readonly limit?: number;
}

/** How many rounds have been measured whole, and what this run took for its part of them. */
export interface RoundsSoFar {
  readonly rounds: number;
  /** Milliseconds of each round that this run has measured. */
  readonly took: readonly number[];
}

/** Rounds with `until`, at most. */
const MOST_ROUNDS = 30;

/**
 * Whether another round is to begin: `more`, or `enough`, or `late`, which is enough although the rounds that were asked for are not
 * all there.
 *
 * The first round of a run is always measured: a limit that is shorter than a round would let nothing ever be measured.
 *
 * @throws {TypeError} where `mostRounds` is less than `least`
 */
export function whatNext(
  least: number,
  { rounds, took }: RoundsSoFar,
  options: EnoughOptions,
  isPreciseNow: () => boolean,
): 'more' | 'enough' | 'late' {
  const most = mostRoundsOf(least, options);
  if (rounds >= most || (rounds >= least && isPreciseNow())) return 'enough';
  const elapsed = took.reduce((sum, one) => sum + one, 0);
  if (options.limit === undefined || took.length === 0 || elapsed + Math.max(...took) <= options.limit) return 'more';
  return rounds >= least ? 'enough' : 'late';
}

/** The greatest number of rounds that a run may come to. @throws {TypeError} as {@link whatNext} */
export function mostRoundsOf(least: number, { until, mostRounds }: EnoughOptions): number {
  if (until === undefined) return least;
  if (mostRounds !== undefined && mostRounds < least)
    throw new TypeError(`There are at least ${least} rounds, and so not at most ${mostRounds}.`);
  return mostRounds ?? Math.max(least, MOST_ROUNDS);
}

/**
 * Tells whether half of the 95 % interval of the median is within `until` of it, for the first writes of every copy_up case on every
 * target that measured it. An interval of a single round says nothing of the next one, and is never narrow enough.
 *
 * Takes a millisecond for each case and target until one is found that is not.
 */
export function isPrecise(result: BenchResult, until: number): boolean {
  const ids = Object.values(result.cases).filter(isCopyUp).map(caseId);
  return result.targets.every(({ label }) =>
    ids.every((id) => {
      const rounds = samplesByRound(result, label, id, 'first');
      if (rounds.length === 0) return true;
      const { low, high, estimate, unit } = quantileInterval(rounds, { seed: result.seed });
      return unit === 'round' && (high - low) / 2 <= until * estimate;
    }),
  );
}
