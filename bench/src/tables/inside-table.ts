import { caseId, type InsideCase } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import { insideCases, workText } from '../mount-words.ts';
import { ratiosByRound, samplesByRound, summarizeIn } from '../summaries.ts';
import { type Column, renderTable } from '../text-table.ts';
import { emptyCell, type RenderOptions, type Section, shownTargets, timeCell } from './table-cell.ts';

/**
 * What programs take in a plain directory, which is what a volume is, and in a container that has not been used yet; and how many times
 * as long the latter is, by pairs.
 */
export function insideSections(result: BenchResult, options: RenderOptions = {}): Section[] {
  const targets = shownTargets(result, options);
  const columns: Column[] = [
    { heading: 'work' },
    { heading: 'in' },
    ...targets.map((target): Column => ({ heading: target, align: 'right' })),
  ];
  const rows = insideCases(result).flatMap((of) => {
    const work = workText(of);
    return [
      [work, 'a plain directory', ...targets.map((target) => insideCell(result, target, of, 'plain'))],
      [work, 'a container', ...targets.map((target) => insideCell(result, target, of, 'first'))],
      [work, 'times as long', ...targets.map((target) => ratioCell(result, target, of))],
    ];
  });
  const title = 'Programs in the mount of a container, and in a plain directory, as a volume is one';
  return [{ title, table: renderTable(columns, rows, options.format) }];
}

/** What a program takes on one side. */
export function insideCell(result: BenchResult, target: string, of: InsideCase, side: 'plain' | 'first'): string {
  return timeCell(result, target, of, summarizeIn(result, samplesByRound(result, target, caseId(of), side)));
}

/** How many times as long it takes in a container. */
export function ratioCell(result: BenchResult, target: string, of: InsideCase): string {
  const summary = summarizeIn(result, ratiosByRound(result, target, caseId(of)));
  if (summary === undefined) return emptyCell(result, target, of);
  const [median, low, high] = [summary.median, summary.low, summary.high].map((value) => value.toFixed(2));
  return `${median} [${low}, ${high}]`;
}
