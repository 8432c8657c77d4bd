import { describe, expect, test } from 'vitest';
import { seededRandom } from '../src/seeded-random.ts';
import { summarize } from '../src/statistics.ts';

// Survival of mice in days: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, table 2.1.
const TREATMENT = [94, 197, 16, 38, 99, 141, 23];
const CONTROL = [52, 104, 146, 10, 51, 30, 40, 27, 46];

/** P(median of a resample ≤ k-th smallest of n) = P(Binomial(n, k/n) > n/2): the exact bootstrap distribution for odd n. */
function exactDistribution(n: number, k: number): number {
  const p = k / n;
  let sum = 0;
  for (let hits = (n + 1) / 2; hits <= n; hits += 1) sum += choose(n, hits) * p ** hits * (1 - p) ** (n - hits);
  return sum;
}

function choose(n: number, k: number): number {
  let result = 1;
  for (let i = 1; i <= k; i += 1) result = (result * (n - k + i)) / i;
  return result;
}

describe('summarize', () => {
  test('gives the published medians of the mouse data', () => {
    expect(summarize(TREATMENT, { seed: 1 }).median).toBe(94);
    expect(summarize(CONTROL, { seed: 1 }).median).toBe(46);
  });

  test('takes the mean of the two middle values of an even number', () => {
    expect(summarize([4, 1, 3, 2], { seed: 1 }).median).toBe(2.5);
  });

  test('gives the interval that the exact bootstrap distribution has', () => {
    // The 2.5 % point lies well between the steps of the distribution, so that resampling cannot miss it.
    expect(exactDistribution(7, 1)).toBeLessThan(0.015);
    expect(exactDistribution(7, 2)).toBeGreaterThan(0.09);
    for (const seed of [1, 2, 3]) {
      expect(summarize(TREATMENT, { seed })).toMatchObject({ low: 23, high: 141 });
    }
  });

  test('covers the true median about as often as it says', () => {
    const random = seededRandom(7);
    const runs = 300;
    let covered = 0;
    for (let run = 0; run < runs; run += 1) {
      const values = Array.from({ length: 25 }, () => -Math.log(1 - random())); // Exponential: its median is ln 2.
      const { low, high } = summarize(values, { seed: run, resamples: 400 });
      if (low <= Math.LN2 && Math.LN2 <= high) covered += 1;
    }
    expect(covered / runs).toBeGreaterThan(0.89);
    expect(covered / runs).toBeLessThan(0.99);
  });

  test('gives the same interval for the same seed and leaves its input alone', () => {
    const values = [...CONTROL];
    expect(summarize(values, { seed: 5 })).toEqual(summarize(values, { seed: 5 }));
    expect(values).toEqual(CONTROL);
  });

  test('widens with the confidence', () => {
    const narrow = summarize(CONTROL, { seed: 1, confidence: 0.5 });
    const wide = summarize(CONTROL, { seed: 1, confidence: 0.99 });
    expect(wide.high - wide.low).toBeGreaterThan(narrow.high - narrow.low);
  });

  test('refuses to summarize nothing', () => {
    expect(() => summarize([], { seed: 1 })).toThrow(RangeError);
  });
});
