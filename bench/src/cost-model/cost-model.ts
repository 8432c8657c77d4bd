import type { CacheState, Operation } from '../bench-case.ts';
import type { CostShape, CostTerm } from './cost-terms.ts';

/** A number and the bounds of its 95 % interval. */
export interface Bounded {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** What one unit of a term costs, in nanoseconds: a byte, a layer, a directory. */
export interface CostCoefficient extends Bounded {
  readonly term: CostTerm;
}

/** A cell of the grid beside what the model makes of it. */
export interface CostResidual {
  readonly case: string;
  readonly shape: CostShape;
  /** Median of what was measured, in nanoseconds. */
  readonly measured: number;
  readonly fitted: number;
  /** Measured over fitted, less 1: 0.2 where the model says a sixth too little. */
  readonly error: number;
  /** The same of a model that has not seen the cell; `null` where there are too few cells to leave one out. */
  readonly unseenError: number | null;
}

/**
 * How well a model fits its cells.
 *
 * `good`: half the cells within 10 % and nine of ten within 30 %. `fair`: half within 20 % and nine of ten within 60 %. `poor`: else.
 * `untested`: as many cells as coefficients, so that it goes through all of them whatever is true.
 */
export type CostFitness = 'good' | 'fair' | 'poor' | 'untested';

/** The cost of an operation on a target: a constant, and so much for a unit of each term. No coefficient is negative. */
export interface CostModel {
  readonly target: string;
  readonly driver: string;
  readonly filesystem: string;
  readonly operation: Operation;
  readonly cache: CacheState;
  readonly constant: Bounded;
  readonly coefficients: readonly CostCoefficient[];
  /** Terms that were left out, because they did not vary or there were too few cells. */
  readonly unknown: readonly CostTerm[];
  /** Least and greatest of what was measured: outside of these a prediction is a guess. */
  readonly ranges: Readonly<Partial<Record<CostTerm, readonly [least: number, greatest: number]>>>;
  /** What the intervals rest on. */
  readonly unit: 'round' | 'sample';
  readonly rounds: number;
  readonly residuals: readonly CostResidual[];
  /** Middle and ninth tenth of the sizes of the errors. */
  readonly misfit: { readonly median: number; readonly most: number };
  readonly fitness: CostFitness;
}

/** A model with what its predictions need. */
export interface CostFit {
  readonly model: CostModel;
  /** Constant and coefficients of each resampling. */
  readonly draws: readonly Float64Array[];
  /** Logarithms of measured over predicted, of models that had not seen the cell. */
  readonly unseen: readonly number[];
}
