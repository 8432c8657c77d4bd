import { describe, expect, test } from 'vitest';
import { caseId } from '../../src/bench-case.ts';
import { holm } from '../../src/evidence/holm.ts';
import { normalBelow, normalQuantile } from '../../src/evidence/normal.ts';
import { pairedRatio, unpairedRatio } from '../../src/evidence/paired-ratio.ts';
import { quantileInterval, sortedQuantile } from '../../src/evidence/quantile-interval.ts';
import { quantileOfT, twoSidedP } from '../../src/evidence/student-t.ts';
import { trimmedMean } from '../../src/evidence/trimmed-mean.ts';
import { seededRandom } from '../../src/seeded-random.ts';
import type { Summary } from '../../src/statistics.ts';
import { samplesByRound, samplesOf, summarizeIn } from '../../src/summaries.ts';
import { SIMULATED_CASES, simulatedResult } from './simulated-result.ts';

describe("Student's t", () => {
  // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
  test.each([
    [1, 12.706],
    [2, 4.303],
    [5, 2.571],
    [17, 2.11],
    [29, 2.045],
    [100, 1.984],
  ])('with %i degrees of freedom has the published 97.5 %% point', (degrees, published) => {
    expect(quantileOfT(0.975, degrees)).toBeCloseTo(published, 3);
    expect(twoSidedP(quantileOfT(0.975, degrees), degrees)).toBeCloseTo(0.05, 9);
  });

  test('is Cauchy with one degree of freedom, and normal with many', () => {
    expect(twoSidedP(1, 1)).toBeCloseTo(0.5, 10);
    expect(twoSidedP(1.959964, 1e7)).toBeCloseTo(0.05, 6);
    expect(twoSidedP(0, 3)).toBe(1);
    expect(twoSidedP(Number.POSITIVE_INFINITY, 3)).toBe(0);
  });

  test('comes from a normal distribution that has the published points too', () => {
    expect(normalBelow(1.959964)).toBeCloseTo(0.975, 6);
    expect(normalQuantile(0.025)).toBeCloseTo(-1.959964, 4);
  });
});

describe('trimmedMean', () => {
  // Self-awareness, in seconds: Dana 1990, as in Wilcox, Introduction to Robust Estimation and Hypothesis Testing, 3.2.
  const SECONDS = [77, 87, 88, 114, 151, 210, 219, 246, 253, 262, 296, 299, 306, 376, 428, 515, 666, 1310, 2611];

  test('gives the published mean', () => {
    expect(trimmedMean(SECONDS).mean).toBeCloseTo(282.7, 1);
    expect(trimmedMean(SECONDS).degrees).toBe(12);
  });

  test('gives the standard error of the winsorised values', () => {
    const winsorised = SECONDS.map((value) => Math.min(Math.max(value, 114), 515));
    const mean = winsorised.reduce((sum, value) => sum + value, 0) / 19;
    const squares = winsorised.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    expect(trimmedMean(SECONDS).standardError).toBeCloseTo(Math.sqrt(squares / (13 * 12)), 9);
  });

  test('is the mean and its standard error where values are too few to leave one out', () => {
    expect(trimmedMean([1, 2, 6])).toMatchObject({ mean: 3, standardError: Math.sqrt(14 / 6), degrees: 2 });
    expect(trimmedMean([4])).toMatchObject({ mean: 4, standardError: Number.POSITIVE_INFINITY, degrees: 0 });
  });
});

describe('holm', () => {
  test('raises each p by how many are not smaller, and never one above a larger one', () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holm([0.6, 0.7])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });
});

describe('quantileInterval', () => {
  test('interpolates between neighbours', () => {
    expect(sortedQuantile([1, 2, 4], 0.5)).toBe(2);
    expect(sortedQuantile([1, 2, 4], 0.75)).toBe(3);
    expect(sortedQuantile([7], 0.9)).toBe(7);
  });

  test('says how much so few rounds can promise, and what it takes for an observation', () => {
    const three = quantileInterval([[1, 2], [3], [4, 5]], { seed: 1 });
    expect(three).toMatchObject({ estimate: 3, unit: 'round', observations: 3, attainable: 0.75, low: 1, high: 5 });
    expect(quantileInterval([[], [5, 6, 7]], { seed: 1 })).toMatchObject({ unit: 'sample', observations: 3 });
    expect(quantileInterval([[5]], { seed: 1 })).toMatchObject({ low: 5, high: 5, attainable: 0 });
  });

  test('gives the same interval for the same seed, and widens with the confidence', () => {
    const rounds = Array.from({ length: 20 }, (_, index) => [index, index ** 1.5]);
    const usual = quantileInterval(rounds, { seed: 7 });
    expect(quantileInterval(rounds, { seed: 7 })).toEqual(usual);
    const narrow = quantileInterval(rounds, { seed: 7, confidence: 0.5 });
    expect(narrow.high - narrow.low).toBeLessThan(usual.high - usual.low);
  });

  test('refuses to summarise nothing', () => {
    expect(() => quantileInterval([[]], { seed: 1 })).toThrow(RangeError);
  });
});

describe('pairedRatio', () => {
  const FIRST = [100, 110, 90, 105, 95, 102, 98, 400];

  test('finds the factor, whatever the pairs have in common', () => {
    const second = FIRST.map((value, index) => value * 1.2 * (index % 2 === 0 ? 1.01 : 0.99));
    const { ratio, low, high, p, slowerShare, effectSize } = pairedRatio(FIRST, second);
    expect(ratio).toBeCloseTo(1.2, 2);
    expect([low < 1.2, high > 1.2, p < 0.001, slowerShare]).toEqual([true, true, true, 1]);
    expect(effectSize).toBeGreaterThan(10);
  });

  test('finds nothing between a thing and itself', () => {
    expect(pairedRatio(FIRST, FIRST)).toMatchObject({
      ratio: 1,
      low: 1,
      high: 1,
      p: 1,
      slowerShare: 0.5,
      effectSize: null,
    });
  });

  test('gives the reciprocal when the sides are exchanged', () => {
    const second = FIRST.map((value, index) => value + index);
    const [there, back] = [pairedRatio(FIRST, second), pairedRatio(second, FIRST)];
    expect(back.ratio).toBeCloseTo(1 / there.ratio, 12);
    expect(back.low).toBeCloseTo(1 / there.high, 12);
    expect(back.p).toBeCloseTo(there.p, 12);
  });

  test('knows nothing of how sure one pair is', () => {
    expect(pairedRatio([1], [2])).toMatchObject({ ratio: 2, low: 0, high: Number.POSITIVE_INFINITY, p: 1 });
  });

  test('refuses half pairs, no pairs and what has no logarithm', () => {
    expect(() => pairedRatio([1, 2], [1])).toThrow(RangeError);
    expect(() => pairedRatio([], [])).toThrow(RangeError);
    expect(() => pairedRatio([1], [0])).toThrow(RangeError);
  });
});

describe('unpairedRatio', () => {
  test('tells two processes apart and says that samples are what it goes by', () => {
    const estimate = unpairedRatio([10, 11, 10.5, 10.2, 10.8], [20, 21, 20.5]);
    expect(estimate).toMatchObject({ unit: 'sample', observations: 3, slowerShare: 1 });
    expect(estimate.ratio).toBeCloseTo(1.957, 2);
    expect(estimate.p).toBeLessThan(0.001);
  });

  test('knows nothing where a side has one sample, and finds nothing where nothing differs', () => {
    expect(unpairedRatio([10, 11], [20])).toMatchObject({ p: 1, high: Number.POSITIVE_INFINITY });
    expect(unpairedRatio([10, 10], [10, 10])).toMatchObject({ ratio: 1, p: 1 });
  });
});

describe('summarizeIn', () => {
  test('takes rounds for the observations, so that what a process has in common widens the interval', () => {
    const result = simulatedResult({ rounds: 8, samples: 6, random: seededRandom(2), roundNoise: 3 });
    const [of] = SIMULATED_CASES;
    if (of === undefined) expect.fail('There is a case.');
    const byRound = samplesByRound(result, 'overlay2', caseId(of), 'first');
    expect(byRound.map(({ length }) => length)).toEqual(new Array(8).fill(6));
    const rounds = summarizeIn(result, byRound);
    const samples = summarizeIn(result, [samplesOf(result, 'overlay2', caseId(of), 'first')]);
    expect(rounds).toMatchObject({ count: 48, median: samples?.median });
    const width = (summary: Summary | undefined): number => (summary?.high ?? 0) - (summary?.low ?? 0);
    expect(width(rounds)).toBeGreaterThan(1.5 * width(samples));
    expect(summarizeIn(result, [])).toBeUndefined();
  });
});
