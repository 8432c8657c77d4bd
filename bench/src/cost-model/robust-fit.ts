import { sortedQuantile } from '../evidence/quantile-interval.ts';
import { nonNegativeFit } from './non-negative-fit.ts';

/** Measured costs, and what each of them has of the terms. */
export interface FitProblem {
  /** Rows one after the other, each beginning with the 1 of the constant term. Of one order of magnitude. */
  readonly terms: Float64Array;
  readonly width: number;
  /** Positive. */
  readonly costs: Float64Array;
}

/** Huber's constant: 95 % as good as least squares where errors are normal. */
const HUBER = 1.345;
/** Errors below this are as small as any: where most cells fit exactly, the others are not yet outliers. */
const LEAST_SCALE = 0.02;
const MOST_STEPS = 60;

/**
 * Fits coefficients ≥ 0 to relative errors, so that a cost of 300 µs counts as much as one of 1 s, by weights that are found anew in
 * each step (Huber, Robust Statistics, 7.8): cells that are far off count less the farther off they are.
 */
export function robustFit({ terms, width, costs }: FitProblem, steps: number = MOST_STEPS): Float64Array {
  const weights = Float64Array.from(costs, (cost) => 1 / cost ** 2);
  let found = nonNegativeFit({ terms, width, values: costs, weights });
  for (let step = 0; step < steps; step += 1) {
    const errors = costs.map((cost, row) => Math.log(cost / fittedCost(terms, width, found, row)));
    const scale = Math.max(LEAST_SCALE, 1.4826 * medianSize(errors));
    for (const [row, error] of errors.entries()) {
      const cost = costs[row] ?? 1;
      const distance = Math.abs(error) / (HUBER * scale);
      // Divided by what was measured times what was fitted: errors upwards and downwards by one factor then count alike.
      weights[row] = 1 / (cost * fittedCost(terms, width, found, row) * Math.max(1, distance));
    }
    const next = nonNegativeFit({ terms, width, values: costs, weights });
    const moved = next.reduce((most, value, index) => Math.max(most, Math.abs(value - (found[index] ?? 0))), 0);
    found = next;
    if (moved <= 1e-7 * Math.max(...next)) break;
  }
  return found;
}

/** What the coefficients make of a row; never nothing, so that it has a logarithm. */
export function fittedCost(terms: Float64Array, width: number, coefficients: Float64Array, row: number): number {
  let sum = 0;
  for (let index = 0; index < width; index += 1) sum += (terms[row * width + index] ?? 0) * (coefficients[index] ?? 0);
  return Math.max(1, sum);
}

function medianSize(errors: Float64Array): number {
  return sortedQuantile(errors.map(Math.abs).sort(), 0.5);
}
