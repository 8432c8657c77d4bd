import { median, quantileSorted, sampleWithReplacement } from 'simple-statistics';
import { seededRandom } from './seeded-random.ts';

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
 * The same seed gives the same interval. Takes time proportional to `resamples` × n log n.
 * With fewer than about 6 values the interval is the range of the values and promises less than its name.
 *
 * @throws {RangeError} where there are no values
 */
export function summarize(values: readonly number[], options: BootstrapOptions): Summary {
  if (values.length === 0) throw new RangeError('There is no median of no values.');
  const { seed, resamples = 2000, confidence = 0.95 } = options;
  const random = seededRandom(seed);
  const pool = [...values];
  const medians = Array.from({ length: resamples }, () => median(sampleWithReplacement(pool, pool.length, random)));
  medians.sort((a, b) => a - b);
  const tail = (1 - confidence) / 2;
  return {
    count: values.length,
    median: median(pool),
    low: quantileSorted(medians, tail),
    high: quantileSorted(medians, 1 - tail),
  };
}
