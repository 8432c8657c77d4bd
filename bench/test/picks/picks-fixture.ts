import { PICKS_VERSION, type PicksResult } from '../../src/picks/picks-result.ts';
import type { WorkloadProfile } from '../../src/workload-profiles/workload-profile.ts';
import { resultOf } from '../result-fixture.ts';

/** Some work that takes no time. */
export function workOf(name: string): WorkloadProfile {
  return {
    name,
    summary: 'Next to nothing.',
    image: { files: 40, size: 40_000, layers: 2 },
    containers: 3,
    firstWrites: [{ count: 33, size: 1000, directories: 3 }],
    laterWrites: [{ count: 70, size: 1000, directories: 3 }],
    needs: [],
  };
}

const NOTHING = { create: 0, get: 0, first: 0, second: 0, put: 0, remove: 0 };

/** Picks of the workloads, the drivers having been foreseen to cost and really having cost, in rounds, so many nanoseconds. */
export function picksOf(
  costs: Readonly<
    Record<string, Readonly<Record<string, { readonly foreseen: number; readonly rounds: readonly number[] }>>>
  >,
): PicksResult {
  const rows = Object.entries(costs).flatMap(([workload, drivers]) =>
    Object.entries(drivers).map(([driver, cost]) => ({ workload, driver, ...cost })),
  );
  const { environment, targets, startedAt, endedAt, complete, seed, rounds } = resultOf(
    [],
    [],
    [{ target: 'it', case: 'it', reason: '' }],
  );
  const filesystem = targets[0]?.filesystem ?? { name: 'ext4', source: null, mountOptions: [], free: 1 };
  return {
    format: 'graphdriver-picks',
    version: PICKS_VERSION,
    startedAt,
    endedAt,
    complete,
    seed,
    rounds,
    environment,
    filesystem,
    workloads: Object.keys(costs).map(workOf),
    drivers: [...new Set(rows.map(({ driver }) => driver))],
    predictions: rows.map(({ workload, driver, foreseen }) => ({
      by: 'published',
      workload,
      driver,
      target: `${driver} on ext4`,
      total: foreseen,
      low: foreseen,
      high: foreseen,
    })),
    runs: rows.flatMap(({ workload, driver, rounds: taken }) =>
      taken.map((get, round) => ({ workload, driver, round, parts: { ...NOTHING, get } })),
    ),
    skips: [],
  };
}
