import { describe, expect, test } from 'vitest';
import { nonNegativeFit } from '../../src/cost-model/non-negative-fit.ts';
import { fittedCost, robustFit } from '../../src/cost-model/robust-fit.ts';
import { type Random, seededRandom } from '../../src/seeded-random.ts';

/** Rows of a constant 1 and random terms. */
function design(rows: number, width: number, random: Random): Float64Array {
  return Float64Array.from({ length: rows * width }, (_, index) => (index % width === 0 ? 1 : random()));
}

describe('nonNegativeFit', () => {
  test('solves what has a solution without negative coefficients', () => {
    const terms = Float64Array.from([1, 0, 1, 1, 1, 2]);
    const weights = new Float64Array(3).fill(1);
    const [constant = 0, slope = 0] = nonNegativeFit({
      terms,
      width: 2,
      values: Float64Array.from([3, 5, 7]),
      weights,
    });
    expect(constant).toBeCloseTo(3, 6);
    expect(slope).toBeCloseTo(2, 6);
  });

  test('leaves a term out that would have to be negative', () => {
    const terms = Float64Array.from([1, 0, 1, 1, 1, 2]);
    const weights = new Float64Array(3).fill(1);
    const found = nonNegativeFit({ terms, width: 2, values: Float64Array.from([3, 2, 1]), weights });
    expect(found[1]).toBe(0);
    expect(found[0]).toBeCloseTo(2, 6);
  });

  test('is at the minimum of 200 random problems: no term that is in it pulls, and none that is not would help', () => {
    const random = seededRandom(1);
    for (let problem = 0; problem < 200; problem += 1) {
      const width = 2 + Math.floor(random() * 4);
      const rows = width + Math.floor(random() * 20);
      const terms = design(rows, width, random);
      const values = Float64Array.from({ length: rows }, () => random() * 10 - 2);
      const weights = Float64Array.from({ length: rows }, () => 0.1 + random());
      const found = nonNegativeFit({ terms, width, values, weights });
      for (let term = 0; term < width; term += 1) {
        let pull = 0;
        for (let row = 0; row < rows; row += 1) {
          let fitted = 0;
          for (let index = 0; index < width; index += 1)
            fitted += (terms[row * width + index] ?? 0) * (found[index] ?? 0);
          pull += (weights[row] ?? 0) * (terms[row * width + term] ?? 0) * ((values[row] ?? 0) - fitted);
        }
        if ((found[term] ?? 0) > 0) expect(Math.abs(pull)).toBeLessThan(1e-3);
        else expect(pull).toBeLessThan(1e-3);
      }
    }
  });
});

describe('robustFit', () => {
  const TRUTH = Float64Array.from([100, 5_000, 300_000]);

  function problem(random: Random): { terms: Float64Array; width: number; costs: Float64Array } {
    const terms = Float64Array.from({ length: 30 * 3 }, (_, index) => {
      if (index % 3 === 0) return 1;
      return index % 3 === 1 ? random() : random() < 0.5 ? 0 : random() ** 4;
    });
    return { terms, width: 3, costs: Float64Array.from({ length: 30 }, (_, row) => fittedCost(terms, 3, TRUTH, row)) };
  }

  test('finds the coefficients of costs without noise, over four orders of magnitude', () => {
    const found = robustFit(problem(seededRandom(2)));
    for (const [index, value] of TRUTH.entries()) expect((found[index] ?? 0) / value).toBeCloseTo(1, 4);
  });

  test('is not led astray by cells that are five times what they should be', () => {
    const { terms, width, costs } = problem(seededRandom(3));
    for (const row of [1, 8, 20]) costs[row] = 5 * (costs[row] ?? 0);
    const found = robustFit({ terms, width, costs });
    const weights = costs.map((cost) => 1 / cost ** 2);
    const plain = nonNegativeFit({ terms, width, values: costs, weights });
    expect(Math.abs((found[1] ?? 0) / 5_000 - 1)).toBeLessThan(0.1);
    expect(Math.abs((found[2] ?? 0) / 300_000 - 1)).toBeLessThan(0.1);
    expect(Math.abs((found[2] ?? 0) / 300_000 - 1)).toBeLessThan(Math.abs((plain[2] ?? 0) / 300_000 - 1));
  });
});
