import {
  allChecks,
  type ConformanceOptions,
  type ConformanceReport,
  runConformance,
  type Subject,
} from '@graphdriver/conformance';
import { groupsOf } from './groups-of.ts';
import { TimeBudget } from './time-budget.ts';

/** Checks that are run before the clock is looked at again. */
const GROUP = 8;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** Options of {@link sampledSuite}. */
export interface SampleOptions extends Pick<ConformanceOptions, 'root' | 'signal' | 'onResult' | 'seed'> {
  /** Milliseconds after which no further checks are begun. */
  readonly time: number;
}

/**
 * Runs as many checks of the suite as there is time for, a few at least: always in the same order, in which any beginning is spread over
 * the whole suite, so that drivers with the same time are asked the same, as far as each comes. The results are in the suite's order.
 *
 * @throws {StorageError} what `runConformance` throws
 */
export async function sampledSuite(subject: Subject, { time, ...options }: SampleOptions): Promise<ConformanceReport> {
  const ids = allChecks.map(({ id }) => id);
  const [first = [], ...more] = groupsOf(spread(ids), GROUP);
  const budget = new TimeBudget(time);
  const report = await runConformance(subject, { ...options, only: first });
  const results = [...report.results];
  for (const only of more) {
    if (budget.left === 0) break;
    results.push(...(await runConformance(subject, { ...options, only })).results);
  }
  const place = new Map(ids.map((id, index) => [id, index]));
  return { ...report, results: results.toSorted((a, b) => (place.get(a.id) ?? 0) - (place.get(b.id) ?? 0)) };
}

/** The items in an order of which every beginning is taken evenly from all of them. */
export function spread<T>(items: readonly T[]): T[] {
  return items
    .map((item, index) => ({ item, at: (index * GOLDEN) % 1 }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
