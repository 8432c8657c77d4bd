import { median, quantileSorted } from 'simple-statistics';
import { type Random, seededRandom } from './seeded-random.ts';

/** A median and how sure it is. */
export interface Summary {
  readonly count: number;
  readonly median: number;
  /** Bounds of the interval of confidence. */
  readonly low: number;
  readonly high: number;
}

/** How to resample. */
export interface BootstrapOptions {
  readonly seed: number;
  /** 2000 unless given: the bounds of a 95 % interval then rest on 50 values each. */
  readonly resamples?: number;
  /** 0.95 unless given. */
  readonly confidence?: number;
}

/**
 * The median of `values` with its bootstrap interval: the percentiles of the medians of samples drawn from `values` with
 * replacement (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13).
 *
 * The same seed gives the same interval. Takes time proportional to `resamples` × n: half a millisecond for 15 values.
 * With fewer than about 6 values the interval is the range of the values and promises less than its name.
 *
 * @throws {RangeError} where there are no values
 */
export function summarize(values: readonly number[], options: BootstrapOptions): Summary {
  if (values.length === 0) throw new RangeError('There is no median of no values.');
  const { seed, resamples = 2000, confidence = 0.95 } = options;
  const random = seededRandom(seed);
  const pool = values.toSorted((a, b) => a - b);
  const medians = Array.from({ length: resamples }, () => resampledMedian(pool, random));
  medians.sort((a, b) => a - b);
  const tail = (1 - confidence) / 2;
  return {
    count: values.length,
    median: median(pool),
    low: quantileSorted(medians, tail),
    high: quantileSorted(medians, 1 - tail),
  };
}

/** The median of as many values as `ascending` has, drawn from it with replacement. Counting the draws spares sorting them. */
function resampledMedian(ascending: readonly number[], random: Random): number {
  const size = ascending.length;
  const draws = new Uint32Array(size);
  for (let draw = 0; draw < size; draw += 1) {
    const index = Math.floor(random() * size);
    draws[index] = (draws[index] ?? 0) + 1;
  }
  const below = Math.floor((size - 1) / 2);
  const above = Math.floor(size / 2);
  let seen = 0;
  let lower = Number.NaN;
  for (let index = 0; index < size; index += 1) {
    seen += draws[index] ?? 0;
    const value = ascending[index] ?? Number.NaN;
    if (Number.isNaN(lower) && seen > below) lower = value;
    if (seen > above) return (lower + value) / 2;
  }
  return lower;
}
