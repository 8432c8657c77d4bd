import type { BenchResult, TargetRecord } from '../bench-result.ts';
import { sortedQuantile } from '../evidence/quantile-interval.ts';
import { seededRandom } from '../seeded-random.ts';
import { type CostCell, cellCost, costCells, resampledCosts } from './cost-cells.ts';
import type { Bounded, CostFit, CostFitness, CostModel, CostResidual } from './cost-model.ts';
import { type CostKind, type CostTerm, termsOf } from './cost-terms.ts';
import { type FitProblem, fittedCost, robustFit } from './robust-fit.ts';

/** Resamplings: the bounds of a 95 % interval rest on ten values each. */
const DRAWS = 400;
/** A resampled problem is near the one that was solved. */
const DRAW_STEPS = 12;

/**
 * Fits what an operation costs on a target: a constant and so much for each byte, layer and directory.
 *
 * `undefined` where nothing of the kind was measured. Takes a tenth of a second; the same result gives the same model.
 */
export function fitCostModel(result: BenchResult, target: TargetRecord, kind: CostKind): CostFit | undefined {
  const cells = costCells(result, target.label, kind);
  if (cells.length === 0) return undefined;
  const wanted = termsOf(kind.operation);
  const terms = knowableTerms(cells, wanted);
  const design = designOf(cells, terms);
  const costs = Float64Array.from(cells, cellCost);
  const best = robustFit({ ...design, costs });
  const random = seededRandom(result.seed);
  const draws = Array.from({ length: DRAWS }, () =>
    unscaled(robustFit({ ...design, costs: resampledCosts(cells, random) }, DRAW_STEPS), design.scales),
  );
  const residuals = residualsOf(cells, { ...design, costs }, best);
  const coefficients = unscaled(best, design.scales);
  const bounded = (index: number): Bounded => boundsOf(coefficients[index] ?? 0, draws, index);
  const rounds = Math.max(...cells.map((cell) => cell.rounds.size));
  const model: CostModel = {
    target: target.label,
    driver: target.driver,
    filesystem: target.filesystem.name,
    operation: kind.operation,
    cache: kind.cache,
    constant: bounded(0),
    coefficients: terms.map((term, index) => ({ term, ...bounded(index + 1) })),
    unknown: wanted.filter((term) => !terms.includes(term)),
    ranges: Object.fromEntries(wanted.map((term) => [term, rangeOf(cells, term)])),
    unit: rounds > 1 ? 'round' : 'sample',
    rounds,
    residuals,
    ...misfitOf(residuals),
  };
  return {
    model,
    draws,
    unseen: residuals.flatMap(({ unseenError: error }) => (error === null ? [] : [Math.log1p(error)])),
  };
}

/** Terms that vary among the cells, and not more of them than the cells can tell apart beside the constant. */
function knowableTerms(cells: readonly CostCell[], wanted: readonly CostTerm[]): CostTerm[] {
  const known: CostTerm[] = [];
  for (const term of wanted) {
    const values = new Set(cells.map(({ shape }) => shape[term] ?? 0));
    const enough = known.length + 2 <= cells.length;
    if (values.size > 1 && enough && isNews(cells, known, term)) known.push(term);
  }
  return known;
}

/** Two terms that rise and fall together, as the number of files and their bytes may, cannot be told apart. */
function isNews(cells: readonly CostCell[], known: readonly CostTerm[], term: CostTerm): boolean {
  const values = cells.map(({ shape }) => shape[term] ?? 0);
  return known.every((other) => {
    const ratios = cells.map(({ shape }, index) => (values[index] ?? 0) / (shape[other] ?? 0));
    return new Set(ratios.filter(Number.isFinite).map((ratio) => ratio.toPrecision(6))).size > 1;
  });
}

interface Design extends Pick<FitProblem, 'terms' | 'width'> {
  /** What each column was divided by. */
  readonly scales: readonly number[];
}

function designOf(cells: readonly CostCell[], terms: readonly CostTerm[]): Design {
  const columns = [cells.map(() => 1), ...terms.map((term) => cells.map(({ shape }) => shape[term] ?? 0))];
  const scales = columns.map((column) => Math.max(...column));
  const rows = cells.flatMap((_, row) => columns.map((column, index) => (column[row] ?? 0) / (scales[index] ?? 1)));
  return { terms: Float64Array.from(rows), width: columns.length, scales };
}

function unscaled(coefficients: Float64Array, scales: readonly number[]): Float64Array {
  return coefficients.map((value, index) => value / (scales[index] ?? 1));
}

function boundsOf(value: number, draws: readonly Float64Array[], index: number): Bounded {
  const values = Float64Array.from(draws, (draw) => draw[index] ?? 0).sort();
  return { value, low: sortedQuantile(values, 0.025), high: sortedQuantile(values, 0.975) };
}

function residualsOf(cells: readonly CostCell[], problem: FitProblem, best: Float64Array): CostResidual[] {
  const { terms, width, costs } = problem;
  const testable = cells.length > width + 1;
  return cells.map((cell, row) => {
    const measured = costs[row] ?? 0;
    const fitted = fittedCost(terms, width, best, row);
    const without = testable ? robustFit(withoutRow(problem, row)) : undefined;
    return {
      case: cell.case,
      shape: cell.shape,
      measured,
      fitted,
      error: measured / fitted - 1,
      unseenError: without === undefined ? null : measured / fittedCost(terms, width, without, row) - 1,
    };
  });
}

function withoutRow({ terms, width, costs }: FitProblem, row: number): FitProblem {
  return {
    terms: terms.filter((_, index) => Math.floor(index / width) !== row),
    width,
    costs: costs.filter((_, index) => index !== row),
  };
}

function rangeOf(cells: readonly CostCell[], term: CostTerm): readonly [number, number] {
  const values = cells.map(({ shape }) => shape[term] ?? 0);
  return [Math.min(...values), Math.max(...values)];
}

function misfitOf(residuals: readonly CostResidual[]): Pick<CostModel, 'misfit' | 'fitness'> {
  const sizes = Float64Array.from(residuals, ({ error, unseenError }) => Math.abs(unseenError ?? error)).sort();
  const misfit = { median: sortedQuantile(sizes, 0.5), most: sortedQuantile(sizes, 0.9) };
  const tested = residuals.some(({ unseenError }) => unseenError !== null);
  return { misfit, fitness: tested ? fitnessOf(misfit) : 'untested' };
}

function fitnessOf({ median, most }: CostModel['misfit']): CostFitness {
  if (median <= 0.1 && most <= 0.3) return 'good';
  return median <= 0.2 && most <= 0.6 ? 'fair' : 'poor';
}
