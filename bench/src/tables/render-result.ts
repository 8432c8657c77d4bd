import type { BenchCase } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import { renderArchiveTable } from './archive-table.ts';
import { copyUpSections } from './copy-up-table.ts';
import { insideSections } from './inside-table.ts';
import { renderLifecycleTable } from './lifecycle-table.ts';
import { manySections } from './many-table.ts';
import { renderMethod } from './method.ts';
import { renderCsv } from './result-csv.ts';
import { renderSkips } from './skip-lines.ts';
import { spaceSections } from './space-table.ts';
import type { RenderOptions, Section } from './table-cell.ts';
import { touchSections } from './touch-table.ts';
import { whereSections } from './where-table.ts';

/** The tables that a result can be shown as, in the order in which they are shown. */
export const RESULT_TABLES = ['copy-up', 'touch', 'lifecycle', 'archive', 'where', 'space', 'inside', 'many'] as const;

/** One of {@link RESULT_TABLES}. */
export type ResultTable = (typeof RESULT_TABLES)[number];

/** Options of {@link renderResult}. */
export interface ResultOptions extends Pick<RenderOptions, 'targets'> {
  /** `text` unless given. `csv` has one line per target, case and quantity. */
  readonly format?: 'text' | 'markdown' | 'csv';
  /** All of them unless given. */
  readonly tables?: readonly ResultTable[];
}

const WORKLOADS: Readonly<Record<ResultTable, readonly BenchCase['workload'][]>> = {
  'copy-up': ['copy_up'],
  touch: ['touch', 'sparse', 'concurrency'],
  lifecycle: ['lifecycle'],
  archive: ['apply', 'difference'],
  where: ['where'],
  space: ['space'],
  inside: ['inside'],
  many: ['many', 'chain'],
};

/** The cases that some tables show. */
export function ofTables(cases: readonly BenchCase[], tables: readonly ResultTable[]): BenchCase[] {
  return cases.filter(({ workload }) => tables.some((table) => WORKLOADS[table].includes(workload)));
}

/** Renders the tables of a result, each under its title; what was skipped, and why; and what the numbers mean. */
export function renderResult(result: BenchResult, options: ResultOptions = {}): string {
  const { format = 'text', tables = RESULT_TABLES, targets } = options;
  const workloads = tables.flatMap((table) => WORKLOADS[table]);
  const chosen = targets === undefined ? {} : { targets };
  if (format === 'csv') return renderCsv(result, { workloads, ...chosen });
  const measured = new Set(Object.values(result.cases).map(({ workload }) => workload));
  const sections = tables
    .filter((table) => WORKLOADS[table].some((workload) => measured.has(workload)))
    .flatMap((table) => sectionsOf(result, table, { format, ...chosen }));
  const skips = renderSkips({
    skips: result.skips.filter(
      ({ case: id, target }) =>
        workloads.includes(result.cases[id]?.workload ?? 'copy_up') && targets?.includes(target) !== false,
    ),
  });
  const blocks = sections.map(({ title, table }) => `${heading(title, format)}\n${table}`);
  if (skips !== '') blocks.push(`${heading('Skipped', format)}\n${format === 'markdown' ? bullets(skips) : skips}`);
  return [...blocks, renderMethod(result)].join('\n');
}

function sectionsOf(result: BenchResult, table: ResultTable, options: RenderOptions): Section[] {
  switch (table) {
    case 'copy-up':
      return copyUpSections(result, options);
    case 'touch':
      return touchSections(result, options);
    case 'lifecycle':
      return [{ title: "A container's life", table: renderLifecycleTable(result, options) }];
    case 'archive':
      return [{ title: 'Archives and changes', table: renderArchiveTable(result, options) }];
    case 'where':
      return whereSections(result, options);
    case 'space':
      return spaceSections(result, options);
    case 'inside':
      return insideSections(result, options);
    case 'many':
      return manySections(result, options);
  }
}

function heading(title: string, format: 'text' | 'markdown'): string {
  return format === 'markdown' ? `### ${title}\n` : `${title}\n`;
}

function bullets(lines: string): string {
  return lines.replace(/^(?=.)/gm, '- ');
}
