import {
  count,
  environment,
  filesystem,
  flag,
  list,
  number,
  object,
  oneOf,
  type Rule,
  text,
  time,
} from '../shape-rules.ts';
import { WORKLOAD_NEEDS } from '../workload-profiles/workload-profile.ts';
import { PICKS_VERSION, type PicksResult } from './picks-result.ts';

const writes = list(object({ count, size: count, directories: count }));
const named = { workload: text, driver: text };

/** What a file of picks holds. */
export const picksRule: Rule = object({
  format: oneOf('graphdriver-picks'),
  version: oneOf(PICKS_VERSION),
  startedAt: time,
  endedAt: time,
  complete: flag,
  seed: count,
  rounds: count,
  environment,
  filesystem,
  workloads: list(
    object({
      name: text,
      summary: text,
      image: object({ files: count, size: count, layers: count }),
      containers: count,
      firstWrites: writes,
      laterWrites: writes,
      needs: list(oneOf(...WORKLOAD_NEEDS)),
    }),
  ),
  drivers: list(text),
  predictions: list(
    object({ by: oneOf('published', 'measured'), ...named, target: text, total: number, low: number, high: number }),
  ),
  runs: list(
    object({
      ...named,
      round: count,
      parts: object({ create: count, get: count, first: count, second: count, put: count, remove: count }),
    }),
  ),
  skips: list(object({ ...named, reason: text })),
});

/** Says where a parsed file of picks is not what it should be, or `undefined` where it is. */
export function findPicksFault(value: unknown): string | undefined {
  return picksRule(value, 'result') ?? findStray(value);
}

/** All that is told is of workloads and drivers that are there, and each run is there once. */
function findStray(value: unknown): string | undefined {
  const { workloads, drivers, predictions, runs, skips } = value as PicksResult; // The fields have just been looked at.
  const names = new Set(workloads.map(({ name }) => name));
  const stray = [...predictions, ...runs, ...skips].find(
    ({ workload, driver }) => !names.has(workload) || !drivers.includes(driver),
  );
  if (stray !== undefined) return `result has no ${stray.workload} on ${stray.driver}`;
  const keys = runs.map(({ workload, driver, round }) => `round ${round} of ${workload} on ${driver}`);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  return twice === undefined ? undefined : `${twice} is there twice`;
}
