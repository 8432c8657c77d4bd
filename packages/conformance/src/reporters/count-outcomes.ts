import type { ConformanceReport, Outcome } from '../check.ts';

/** How many results there are of each outcome. */
export function countOutcomes(report: ConformanceReport): Readonly<Record<Outcome, number>> {
  const counts = { passed: 0, failed: 0, skipped: 0, deviates: 0 };
  for (const { outcome } of report.results) counts[outcome] += 1;
  return counts;
}
