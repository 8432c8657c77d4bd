import { type BenchCase, caseId } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import { formatInterval } from '../format-units.ts';
import type { Summary } from '../statistics.ts';
import type { TableFormat } from '../text-table.ts';

/** Options of the renderers. */
export interface RenderOptions {
  /** `text` unless given. */
  readonly format?: TableFormat;
  /** Labels of the targets to show; all of them unless given. */
  readonly targets?: readonly string[];
}

/** A table of a report, and what stands above it. */
export interface Section {
  readonly title: string;
  /** Ends with a line break. */
  readonly table: string;
}

/** The targets that are to be shown. */
export function shownTargets(result: BenchResult, options: RenderOptions): readonly string[] {
  return options.targets ?? result.targets.map(({ label }) => label);
}

/** A median time and its interval; `skipped` where the case was not measured on the target, and `–` where the run ended before. */
export function timeCell(result: BenchResult, target: string, of: BenchCase, summary: Summary | undefined): string {
  if (summary === undefined) return emptyCell(result, target, of);
  return formatInterval(summary.median, summary.low, summary.high);
}

/** What a cell without samples says. */
export function emptyCell(result: BenchResult, target: string, of: BenchCase): string {
  return result.skips.some((skip) => skip.target === target && skip.case === caseId(of)) ? 'skipped' : '–';
}
