import type { ConformanceReport } from '../check.ts';

/** The report itself as indented JSON, for programs. */
export function renderJson(report: ConformanceReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
