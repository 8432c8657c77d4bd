import { describe, expect, test } from 'vitest';
import { DIFFERENCE_LEVEL, pairedRatio } from '../../src/evidence/paired-ratio.ts';
import { type Random, seededRandom } from '../../src/seeded-random.ts';
import { heavyNoise, pairTheory, power } from './heavy-tails.ts';

// Every observation has 20 % noise with the tails of Student's t of 3 degrees of freedom.
const COMPARISONS = 10_000;
const SLOWDOWN = 1.1;

interface Outcome {
  /** Share of the intervals that hold the true ratio. */
  readonly coverage: number;
  /** Share of the comparisons that call a difference. */
  readonly called: number;
  /** Middle of the smallest slowdowns that they say they find. */
  readonly detectable: number;
}

/** Compares two simulated sides again and again. `drift` is the noise that both sides of a pair have in common. */
function simulate(pairs: number, ratio: number, drift: (random: Random) => number = () => 0): Outcome {
  const random = seededRandom(20_261_121);
  const first = new Float64Array(pairs);
  const second = new Float64Array(pairs);
  const finds = new Float64Array(COMPARISONS);
  let covered = 0;
  let called = 0;
  for (let comparison = 0; comparison < COMPARISONS; comparison += 1) {
    for (let pair = 0; pair < pairs; pair += 1) {
      const common = drift(random);
      first[pair] = Math.exp(common + heavyNoise(random));
      second[pair] = ratio * Math.exp(common + heavyNoise(random));
    }
    const { low, high, p, detectable } = pairedRatio(first, second);
    if (low <= ratio && ratio <= high) covered += 1;
    if (p <= DIFFERENCE_LEVEL) called += 1;
    finds[comparison] = detectable;
  }
  return {
    coverage: covered / COMPARISONS,
    called: called / COMPARISONS,
    detectable: finds.sort()[COMPARISONS / 2] ?? Number.NaN,
  };
}

describe('10,000 simulated comparisons of 30 pairs with 20 % noise and heavy tails', () => {
  test('call a difference in at most 5 % where a thing is compared with itself, and their intervals hold in 93 to 97 %', () => {
    const { coverage, called } = simulate(30, 1);
    expect(coverage).toBeGreaterThanOrEqual(0.93);
    expect(coverage).toBeLessThanOrEqual(0.97);
    expect(called).toBeLessThanOrEqual(0.05);
  });

  test('find a planted slowdown of 10 % as often as theory allows', () => {
    const { coverage, called } = simulate(30, SLOWDOWN);
    expect(coverage).toBeGreaterThanOrEqual(0.93);
    expect(coverage).toBeLessThanOrEqual(0.97);
    // The estimate has a standard error of σ/√n, σ being that of the trimmed mean for differences of two such noises, and the test
    // calls what is farther from 0 than Student's t of 17 degrees of freedom allows: it is found with the probability Φ(δ√n/σ − t).
    const { trimmedMeanError, leastError } = pairTheory();
    const shift = Math.log(SLOWDOWN);
    const degrees = 30 - 2 * 6 - 1;
    const theory = power(shift, trimmedMeanError / Math.sqrt(30), { level: DIFFERENCE_LEVEL, degrees });
    expect(Math.abs(called - theory)).toBeLessThan(0.04);
    // No unbiased estimate has a smaller error than Cramér and Rao's: a test that knew the noise would find hardly more.
    const ceiling = power(shift, leastError / Math.sqrt(30), { level: DIFFERENCE_LEVEL, degrees: 1e6 });
    expect(called).toBeGreaterThan(ceiling - 0.08);
    expect(called).toBeLessThan(ceiling + 0.02);
  });

  test('find what they say is the smallest slowdown that they find four times out of five', () => {
    const { detectable } = simulate(30, 1);
    expect(detectable).toBeGreaterThan(1.1);
    expect(simulate(30, detectable).called).toBeGreaterThan(0.74);
    expect(simulate(30, detectable).called).toBeLessThan(0.84);
  });

  test('are not upset by what slows both sides of a pair', () => {
    const { coverage, called } = simulate(30, SLOWDOWN, (random) => 5 * heavyNoise(random));
    const { called: quiet } = simulate(30, SLOWDOWN);
    expect(coverage).toBeGreaterThanOrEqual(0.93);
    expect(Math.abs(called - quiet)).toBeLessThan(0.03);
  });
});

test.each([3, 5, 6, 8, 10, 15, 20, 60])(
  'with %i pairs at most 5 %% of all self-comparisons call a difference',
  (pairs) => {
    const { coverage, called } = simulate(pairs, 1);
    expect(called).toBeLessThanOrEqual(0.05);
    expect(coverage).toBeGreaterThanOrEqual(0.93);
    expect(coverage).toBeLessThanOrEqual(0.97);
  },
);
