import { median } from 'simple-statistics';
import type { PickRun, PicksResult, PredictionSource } from './picks-result.ts';

/** What a workload cost on a driver. Nanoseconds. */
export interface ReplayedCost {
  readonly workload: string;
  readonly driver: string;
  /** Median of the rounds. */
  readonly total: number;
  /** By round. */
  readonly rounds: ReadonlyMap<number, number>;
}

/** A pick beside what came out. */
export interface JudgedPick {
  readonly workload: string;
  readonly by: PredictionSource;
  /** The driver with the least predicted cost, of those that did the work; `null` where nothing was predicted of them. */
  readonly picked: ReplayedCost | null;
  /** The driver that the work really cost least on; `null` where none did it. */
  readonly best: ReplayedCost | null;
  /** What the picked one cost, over what the best one did; `null` where there are not both. */
  readonly ratio: number | null;
  /** Least and greatest of the same in single rounds. */
  readonly low: number | null;
  readonly high: number | null;
  /** `hit`: within a tenth of the best. */
  readonly verdict: 'hit' | 'miss' | 'not judged';
}

/** A pick that costs at most so many times what the best one does is a hit. */
export const HIT_RATIO = 1.1;

/** The time that a replay took in all. */
export function runTotal({ parts }: PickRun): number {
  return Object.values(parts).reduce((sum, part) => sum + part, 0);
}

/** What each workload cost on each driver that did it, in the order of the result. */
export function replayedCosts({ workloads, drivers, runs }: PicksResult): ReplayedCost[] {
  return workloads.flatMap(({ name: workload }) =>
    drivers.flatMap((driver) => {
      const own = runs.filter((run) => run.workload === workload && run.driver === driver);
      if (own.length === 0) return [];
      const rounds = new Map(own.map((run) => [run.round, runTotal(run)]));
      return [{ workload, driver, total: median([...rounds.values()]), rounds }];
    }),
  );
}

/** Every workload's picks, by either prediction, and whether they were right. Drivers that copy in full take part like any other. */
export function judgePicks(result: PicksResult): JudgedPick[] {
  const costs = replayedCosts(result);
  const sources = (['published', 'measured'] as const).filter((by) => result.predictions.some((one) => one.by === by));
  return result.workloads.flatMap(({ name: workload }) => {
    const own = costs.filter((cost) => cost.workload === workload).toSorted((a, b) => a.total - b.total);
    return sources.map((by) => {
      const known = result.predictions
        .filter((one) => one.by === by && one.workload === workload)
        .toSorted((a, b) => a.total - b.total);
      const picked = known.flatMap(({ driver }) => own.find((cost) => cost.driver === driver) ?? [])[0] ?? null;
      const best = own[0] ?? null;
      return { workload, by, picked, best, ...compared(picked, best) };
    });
  });
}

function compared(
  picked: ReplayedCost | null,
  best: ReplayedCost | null,
): Pick<JudgedPick, 'ratio' | 'low' | 'high' | 'verdict'> {
  if (picked === null || best === null) return { ratio: null, low: null, high: null, verdict: 'not judged' };
  const ratios = [...picked.rounds].flatMap(([round, total]) => {
    const other = best.rounds.get(round);
    return other === undefined ? [] : [total / other];
  });
  const ratio = picked.total / best.total;
  const all = [ratio, ...ratios];
  return { ratio, low: Math.min(...all), high: Math.max(...all), verdict: ratio <= HIT_RATIO ? 'hit' : 'miss' };
}
