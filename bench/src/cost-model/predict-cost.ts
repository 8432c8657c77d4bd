import { sortedQuantile } from '../evidence/quantile-interval.ts';
import { seededRandom } from '../seeded-random.ts';
import type { Bounded, CostFit, CostModel } from './cost-model.ts';
import type { CostShape, CostTerm } from './cost-terms.ts';

/** What a model says of a shape, in nanoseconds. */
export interface PredictedCost extends Bounded {
  /** Bounds of the model's own value, as if it were true: narrower than those of what a measurement would give. */
  readonly modelLow: number;
  readonly modelHigh: number;
  /** Terms in which the shape lies outside of what was measured. */
  readonly beyond: readonly CostTerm[];
}

/** How far one term may grow before a cost is over a limit. `null` stands for no bound at all. */
export interface CostLimit {
  readonly term: CostTerm;
  /** Nanoseconds. */
  readonly limit: number;
  /** In the term's unit; negative where the limit is over before the term begins. */
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** The greatest that was measured: beyond it the answer is a guess. */
  readonly measured: number;
}

/**
 * Predicts the median cost of a shape. Terms that the shape does not name are at the least that was measured.
 *
 * The interval is of what a measurement of that shape would give: it has the uncertainty of the coefficients, and what the model was
 * wrong by in cells that it had not seen. Where there were too few cells to leave one out, it has the former alone.
 */
export function predictCost({ model, draws, unseen }: CostFit, shape: CostShape): PredictedCost {
  const values = fullShape(model, shape);
  const point = sumOf([model.constant.value, ...model.coefficients.map(({ value }) => value)], model, values);
  const modelled = Float64Array.from(draws, (draw) => sumOf(draw, model, values)).sort();
  const errors = drawnErrors(draws.length, unseen);
  const measured = Float64Array.from(draws, (draw, index) => sumOf(draw, model, values) * (errors[index] ?? 1)).sort();
  return {
    value: point,
    low: Math.min(point, sortedQuantile(measured, 0.025)),
    high: Math.max(point, sortedQuantile(measured, 0.975)),
    modelLow: sortedQuantile(modelled, 0.025),
    modelHigh: sortedQuantile(modelled, 0.975),
    beyond: beyond(model, values),
  };
}

/**
 * The greatest value of a term at which the cost stays under a limit, the others being as in `shape`.
 * `undefined` where the model does not know what the term costs.
 */
export function costLimit(fit: CostFit, shape: CostShape, term: CostTerm, limit: number): CostLimit | undefined {
  const { model, draws, unseen } = fit;
  const measured = model.ranges[term]?.[1];
  const known = model.coefficients.some((coefficient) => coefficient.term === term);
  if (!known || measured === undefined) return undefined;
  const [none, one] = [0, 1].map((value) => shapeWith(fullShape(model, shape), term, value));
  const reach = (coefficients: ArrayLike<number>, error: number): number => {
    const start = sumOf(coefficients, model, none ?? {});
    const left = limit / error - start;
    return left < 0 ? -1 : left / (sumOf(coefficients, model, one ?? {}) - start);
  };
  const errors = drawnErrors(draws.length, unseen);
  const values = Float64Array.from(draws, (draw, index) => reach(draw, errors[index] ?? 1)).sort();
  const point = reach([model.constant.value, ...model.coefficients.map(({ value }) => value)], 1);
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
  return {
    term,
    limit,
    value: finite(point),
    low: finite(Math.min(point, sortedQuantile(values, 0.025))),
    high: finite(Math.max(point, sortedQuantile(values, 0.975))),
    measured,
  };
}

/** The shape with every term of the model. */
export function fullShape({ ranges }: CostModel, shape: CostShape): CostShape {
  const least = Object.entries(ranges).map(([term, [low]]) => [term, low] as const);
  return { ...Object.fromEntries(least), ...shape };
}

/** A shape with another value of a term; directories that every layer has are more with more layers. */
function shapeWith(shape: CostShape, term: CostTerm, value: number): CostShape {
  const changed = { ...shape, [term]: value };
  if ((shape.merged ?? 0) === 0) return changed;
  return { ...changed, merged: (changed.directories ?? 0) * ((changed.layers ?? 1) - 1) };
}

function sumOf(coefficients: ArrayLike<number>, model: CostModel, shape: CostShape): number {
  return model.coefficients.reduce(
    (sum, { term }, index) => sum + (coefficients[index + 1] ?? 0) * (shape[term] ?? 0),
    coefficients[0] ?? 0,
  );
}

/** A factor for each draw, taken from those by which the model was wrong about cells that it had not seen. */
function drawnErrors(count: number, unseen: readonly number[]): Float64Array {
  const random = seededRandom(1);
  return Float64Array.from({ length: count }, () => {
    const error = unseen[Math.floor(random() * unseen.length)];
    return error === undefined ? 1 : Math.exp(error);
  });
}

function beyond({ ranges }: CostModel, shape: CostShape): CostTerm[] {
  // Entries forget which names the keys are; the compiler knows of ranges that all are terms.
  return (Object.entries(ranges) as [CostTerm, readonly [number, number]][])
    .filter(([term, [least, greatest]]) => (shape[term] ?? least) < least || (shape[term] ?? least) > greatest)
    .map(([term]) => term);
}
