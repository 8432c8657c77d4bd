import { type CopyUpCase, caseId, isCopyUp } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import { formatBytes } from '../format-units.ts';
import { extraByRound, summarizeIn } from '../summaries.ts';
import { type Column, renderTable } from '../text-table.ts';
import { type RenderOptions, type Section, shownTargets, timeCell } from './table-cell.ts';

const PLACES = { home: 'directories in the home layer only', every: 'directories in every layer' } as const;
const CACHES = { warm: 'warm caches', cold: 'cold caches' } as const;
/** With this many columns or more, a target gets a table of its own. */
const MANY_DEPTHS = 3;

/**
 * The copy_up table: what the first write to a file of a lower layer costs beyond the same write in a plain directory.
 *
 * One row per case, one column per target; each cell has the median and its 95 % bootstrap interval, `skipped` where the case was
 * not measured, and `–` where the run ended before.
 * Placement and cache have columns where not all cases have the same.
 */
export function renderCopyUpTable(result: BenchResult, options: RenderOptions = {}): string {
  return tableByTarget(result, casesOf(result), options);
}

/**
 * The copy_up grid as tables that a person can read: first the targets side by side at the simplest shape, then for every placement and
 * cache a table of each target, its rows being sizes and directory depths and its columns layer depths.
 * What has few layer depths is one table with a column per target.
 */
export function copyUpSections(result: BenchResult, options: RenderOptions = {}): Section[] {
  const cases = casesOf(result);
  const simplest = cases.filter((of) => of.layers === 1 && of.directories === 1 && of.cache === 'warm');
  const sections: Section[] = [];
  if (simplest.length > 0 && simplest.length < cases.length) {
    const title = 'copy_up: the targets side by side, one layer, one directory down, warm caches';
    sections.push({ title, table: tableByTarget(result, simplest, options) });
  }
  for (const cache of ['warm', 'cold'] as const) {
    for (const placement of ['home', 'every'] as const) {
      const members = cases.filter((of) => of.cache === cache && of.placement === placement);
      if (members.length === 0) continue;
      const title = `copy_up, ${CACHES[cache]}, ${PLACES[placement]}`;
      const depths = ascending(members.map(({ layers }) => layers));
      if (depths.length < MANY_DEPTHS) {
        sections.push({ title, table: tableByTarget(result, members, options) });
        continue;
      }
      for (const target of shownTargets(result, options)) {
        const table = tableByDepth(result, target, members, depths, options);
        sections.push({ title: `${title}: ${target}`, table });
      }
    }
  }
  return sections;
}

function tableByTarget(result: BenchResult, cases: readonly CopyUpCase[], options: RenderOptions): string {
  const targets = shownTargets(result, options);
  const placements = new Set(cases.map(({ placement }) => placement)).size > 1;
  const caches = new Set(cases.map(({ cache }) => cache)).size > 1;
  const columns: Column[] = [
    ...right('file size', 'directories', 'layers'),
    ...(placements ? [{ heading: 'placement' }] : []),
    ...(caches ? [{ heading: 'cache' }] : []),
    ...right(...targets),
  ];
  const rows = cases.map((of) => [
    formatBytes(of.size),
    String(of.directories),
    String(of.layers),
    ...(placements ? [of.placement] : []),
    ...(caches ? [of.cache] : []),
    ...targets.map((target) => extraCell(result, target, of)),
  ]);
  return renderTable(columns, rows, options.format);
}

function tableByDepth(
  result: BenchResult,
  target: string,
  cases: readonly CopyUpCase[],
  depths: readonly number[],
  options: RenderOptions,
): string {
  const columns = right(
    'file size',
    'directories',
    ...depths.map((depth) => `${depth} layer${depth === 1 ? '' : 's'}`),
  );
  const rows = ascending(cases.map(({ size }) => size)).flatMap((size) =>
    ascending(cases.map(({ directories }) => directories)).map((directories) => {
      const cells = depths.map((layers) => {
        const of = cases.find((one) => one.size === size && one.directories === directories && one.layers === layers);
        return of === undefined ? '' : extraCell(result, target, of);
      });
      return [formatBytes(size), String(directories), ...cells];
    }),
  );
  return renderTable(columns, rows, options.format);
}

function extraCell(result: BenchResult, target: string, of: CopyUpCase): string {
  return timeCell(result, target, of, summarizeIn(result, extraByRound(result, target, caseId(of))));
}

function casesOf(result: BenchResult): CopyUpCase[] {
  return Object.values(result.cases).filter(isCopyUp);
}

function right(...headings: readonly string[]): Column[] {
  return headings.map((heading) => ({ heading, align: 'right' }));
}

function ascending(values: readonly number[]): number[] {
  return [...new Set(values)].toSorted((a, b) => a - b);
}
