import { describe, expect, test } from 'vitest';
import { quantileInterval } from '../../src/evidence/quantile-interval.ts';
import { seededRandom } from '../../src/seeded-random.ts';
import { heavyNoise } from './heavy-tails.ts';
import { type Bounds, medianCandidates } from './interval-candidates.ts';

const holds = ([low, high]: Bounds, truth: number): boolean => low <= truth && truth <= high;

describe('the interval of a median', () => {
  test('holds in 93 to 97 % of 10,000 simulated series of 30 rounds with 20 % noise and heavy tails', () => {
    const random = seededRandom(1);
    let covered = 0;
    for (let series = 0; series < 10_000; series += 1) {
      const rounds = Array.from({ length: 30 }, () => [Math.exp(heavyNoise(random))]);
      const { low, high } = quantileInterval(rounds, { seed: series, resamples: 500 });
      if (holds([low, high], 1)) covered += 1;
    }
    expect(covered / 10_000).toBeGreaterThanOrEqual(0.93);
    expect(covered / 10_000).toBeLessThanOrEqual(0.97);
  });

  test('was chosen by coverage: it is nearer to 95 % than percentiles and BCa where rounds are few', () => {
    const runs = 1500;
    const random = seededRandom(2);
    const covered = { chosen: 0, percentile: 0, bca: 0 };
    for (let run = 0; run < runs; run += 1) {
      const values = Array.from({ length: 15 }, () => Math.exp(heavyNoise(random)));
      const { low, high } = quantileInterval(
        values.map((value) => [value]),
        { seed: run, resamples: 500 },
      );
      const others = medianCandidates(values, 500, random);
      if (holds([low, high], 1)) covered.chosen += 1;
      if (holds(others.percentile, 1)) covered.percentile += 1;
      if (holds(others.bca, 1)) covered.bca += 1;
    }
    const miss = (count: number): number => Math.abs(count / runs - 0.95);
    expect(miss(covered.chosen)).toBeLessThan(0.02);
    expect(miss(covered.percentile)).toBeGreaterThan(miss(covered.chosen));
    expect(miss(covered.bca)).toBeGreaterThan(miss(covered.chosen));
  });

  test('holds where the samples of a round have something in common, which one that takes samples for observations does not', () => {
    const runs = 2000;
    const random = seededRandom(3);
    let covered = 0;
    let naive = 0;
    for (let run = 0; run < runs; run += 1) {
      const rounds = Array.from({ length: 12 }, () => {
        const common = heavyNoise(random);
        return Array.from({ length: 6 }, () => Math.exp(common + heavyNoise(random) / 2));
      });
      const byRound = quantileInterval(rounds, { seed: run, resamples: 300 });
      const bySample = quantileInterval([rounds.flat()], { seed: run, resamples: 300 });
      if (holds([byRound.low, byRound.high], 1)) covered += 1;
      if (holds([bySample.low, bySample.high], 1)) naive += 1;
    }
    expect(covered / runs).toBeGreaterThanOrEqual(0.93);
    expect(naive / runs).toBeLessThan(0.8);
  });

  test.each([0.25, 0.9])('of the %f quantile holds about as often where 60 rounds were measured', (quantile) => {
    const runs = 1500;
    const random = seededRandom(4);
    let covered = 0;
    for (let run = 0; run < runs; run += 1) {
      const rounds = Array.from({ length: 60 }, () => [-Math.log(1 - random())]);
      const { low, high } = quantileInterval(rounds, { seed: run, resamples: 400, quantile });
      if (holds([low, high], -Math.log(1 - quantile))) covered += 1;
    }
    expect(covered / runs).toBeGreaterThan(0.92);
    expect(covered / runs).toBeLessThan(0.98);
  });
});
