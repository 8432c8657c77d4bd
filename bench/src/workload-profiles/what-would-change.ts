import type { PartCost, WorkloadCost } from './predict-workload.ts';

/** One kind of write, of which there would have to be so many times as many for another target to be the cheapest. */
export interface TurningPoint {
  readonly part: PartCost;
  /** Above 1 for more of them, below for fewer. */
  readonly times: number;
  readonly target: string;
}

/** Changes of more than this are another workload. */
const MOST_TIMES = 1000;

/**
 * What would change the answer: for each kind of write the number of times as many at which one of `others`, that which needs the
 * least, comes to cost the same as `best`. The nearest first. All are costs of one workload.
 *
 * Containers are left alone: with more or fewer of them everything grows or shrinks alike.
 */
export function turningPoints(best: WorkloadCost, others: readonly WorkloadCost[]): readonly TurningPoint[] {
  const found = best.parts.flatMap((part, index) => {
    if (part.operation !== 'first' && part.operation !== 'second') return [];
    const points = others.flatMap((other) => meeting(best, other, index) ?? []).map((point) => ({ part, ...point }));
    return points.toSorted(byDistance).slice(0, 1);
  });
  return found.toSorted(byDistance);
}

/** Costs are linear in counts: the lines meet once, or never. */
function meeting(best: WorkloadCost, other: WorkloadCost, index: number): Omit<TurningPoint, 'part'> | undefined {
  const saved = (best.parts[index]?.total ?? 0) - (other.parts[index]?.total ?? 0);
  const times = 1 + (other.total - best.total) / saved;
  const sensible = Number.isFinite(times) && times >= 1 / MOST_TIMES && times <= MOST_TIMES && times !== 1;
  return sensible ? { times, target: other.target } : undefined;
}

function byDistance(one: TurningPoint, other: TurningPoint): number {
  return Math.abs(Math.log(one.times)) - Math.abs(Math.log(other.times));
}
