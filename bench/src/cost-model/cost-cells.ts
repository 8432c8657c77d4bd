import { caseId } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import { sortedQuantile } from '../evidence/quantile-interval.ts';
import { type Rounds, roundsOf } from '../evidence/rounds.ts';
import type { Random } from '../seeded-random.ts';
import { type CostKind, type CostShape, isOfKind, shapeOf } from './cost-terms.ts';

/** A measured cell of a model. */
export interface CostCell {
  readonly case: string;
  readonly shape: CostShape;
  readonly rounds: Rounds;
}

/** All cells of a kind that were measured on a target. */
export function costCells(result: BenchResult, target: string, kind: CostKind): CostCell[] {
  return Object.values(result.cases)
    .filter((of) => isOfKind(of, kind))
    .map((of) => ({
      case: caseId(of),
      shape: shapeOf(of),
      rounds: roundsOf(result, target, caseId(of), kind.operation),
    }))
    .filter(({ rounds }) => rounds.size > 0);
}

/** The median of all samples of a cell. */
export function cellCost({ rounds }: CostCell): number {
  return middle([...rounds.values()].flat());
}

/**
 * Costs of all cells in a world that might have been: rounds are drawn once for all cells, because they are processes that have
 * measured all of them, and within each one that was drawn, samples. Where there was but one round, samples alone.
 */
export function resampledCosts(cells: readonly CostCell[], random: Random): Float64Array {
  const all = [...new Set(cells.flatMap(({ rounds }) => [...rounds.keys()]))];
  const drawn = all.map(() => all[Math.floor(random() * all.length)] ?? 0);
  return Float64Array.from(cells, (cell) => {
    // A cell that has none of the rounds that were drawn keeps all of its own.
    const present = drawn.filter((round) => cell.rounds.has(round));
    const rounds = present.length > 0 ? present : [...cell.rounds.keys()];
    return middle(rounds.flatMap((round) => redrawn(cell.rounds.get(round) ?? [], random)));
  });
}

function redrawn(samples: readonly number[], random: Random): number[] {
  return samples.map(() => samples[Math.floor(random() * samples.length)] ?? Number.NaN);
}

function middle(values: readonly number[]): number {
  return sortedQuantile(Float64Array.from(values).sort(), 0.5);
}
