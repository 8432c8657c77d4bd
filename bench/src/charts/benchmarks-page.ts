import type { BenchResult } from '../bench-result.ts';
import { lastingDifferences } from '../evidence/environment-differences.ts';
import { renderComparison } from '../evidence/render-comparison.ts';
import { renderSelfComparison, selfComparison } from '../evidence/self-comparison.ts';
import { picksPage } from '../picks/picks-page.ts';
import type { PicksResult } from '../picks/picks-result.ts';
import { picksVerdict } from '../picks/render-picks.ts';
import { renderRowNotes, renderRows, renderVerdict } from '../rows/render-rows.ts';
import type { RowsResult } from '../rows/rows-result.ts';
import { renderResult } from '../tables/render-result.ts';
import { ADD_YOUR_MACHINE } from './add-your-machine.ts';
import type { Chart } from './chart.ts';
import { gridSections, image, present } from './grid-sections.ts';
import { machineTable, type NamedRun, targetsTable } from './machine-table.ts';
import { oneRunPage } from './one-run-page.ts';
import { rowsChart } from './rows-chart.ts';

/** What a page is made of: any may be missing. */
export interface BenchmarksSource {
  readonly grid?: BenchResult | undefined;
  readonly rows?: RowsResult | undefined;
  /** Some of the rows where something of the machine was different. */
  readonly rowsElsewhere?: readonly RowsResult[] | undefined;
  /** Other programs measured beside our drivers. */
  readonly oneRun?: BenchResult | undefined;
  /** A driver measured beside itself. */
  readonly self?: BenchResult | undefined;
  /** Workloads that were foreseen and then done. */
  readonly picks?: readonly PicksResult[] | undefined;
}

/**
 * The page of results with its charts: texts by file name, `README.md`, what it leads to, and the charts that they show.
 *
 * Every sentence and number is of the results alone, so that the page is made anew and never edited.
 */
export function benchmarksPage(source: BenchmarksSource): Readonly<Record<string, string>> {
  const { grid, rows, rowsElsewhere = [], oneRun, self, picks = [] } = source;
  const chartsOfRows = present([rows === undefined ? undefined : rowsChart(rows)]);
  const sections = grid === undefined ? [] : gridSections(grid);
  const blocks = [
    '# Benchmarks',
    'This page is written by `node scripts/benchmarks.mjs` from the files that `graphdriver bench` keeps.\nChange those, or the script, but not the page.\n' +
      'A page to look around in, with a filter, comparisons, all samples and the charts as PNG, is made from the same files by `graphdriver bench report docs/benchmarks/results/*.json --out report`.',
    'What other programs are measured beside our drivers, and how, is in [peers](peers.md).' +
      (oneRun === undefined ? '' : '\nWhat they all take, in one run, is in [one run](one-run.md).'),
    ...(rows === undefined ? [] : rowBlocks(rows, chartsOfRows)),
    ...(rows === undefined ? [] : rowsElsewhere.flatMap((other) => elsewhereBlocks(other, rows))),
    ...sections.flatMap((section) => section.blocks),
    ...(self === undefined ? [] : selfBlocks(self)),
    ...(picks.length === 0 ? [] : pickBlocks(picks)),
    ...machineBlocks(grid, rows),
    ADD_YOUR_MACHINE,
    ...(grid === undefined ? [] : ['## All numbers of the grid', renderResult(grid, { format: 'markdown' })]),
  ];
  const charts = [...chartsOfRows, ...sections.flatMap((section) => section.charts)];
  const page = `${blocks.map((block) => block.trimEnd()).join('\n\n')}\n`;
  return Object.fromEntries([
    ['README.md', page],
    ...(picks.length === 0 ? [] : [['picks.md', picksPage(picks)]]),
    ...(oneRun === undefined ? [] : Object.entries(oneRunPage(oneRun))),
    ...charts.map(({ name, svg }) => [name, svg] as const),
  ]);
}

function rowBlocks(rows: RowsResult, charts: readonly Chart[]): string[] {
  return [
    '## Rows and targets',
    'A row is a ratio measured in one run: what our driver takes over what a reference takes for the same work, sample by sample in turn.\n' +
      'Its value is the median of the ratios of the pairs, with a 95 % bootstrap interval; some rows are absolute and have no reference.\n' +
      '`not surely` marks a target that lies within the interval.',
    renderVerdict(rows),
    ...charts.map(image),
    renderRows(rows, 'markdown'),
    'What is compared:',
    renderRowNotes(rows, 'markdown'),
  ];
}

function elsewhereBlocks(other: RowsResult, rows: RowsResult): string[] {
  const differences = lastingDifferences(rows, other, []).map(
    ({ what, before, after }) => `- ${what}: ${after}, and above ${before}`,
  );
  return [
    '## Rows of another machine, or of another state of it',
    ['Measured as those above, in a run of their own.', ...differences].join('\n'),
    renderVerdict(other),
    renderRows(other, 'markdown'),
  ];
}

function selfBlocks(self: BenchResult): string[] {
  const found = selfComparison(self);
  return [
    '## A driver beside itself',
    'What `graphdriver bench self` measured: one driver as if it were two, so that every difference is chance.',
    renderSelfComparison(found),
    renderComparison(found.comparison, { format: 'markdown', all: true }),
  ];
}

function pickBlocks(picks: readonly PicksResult[]): string[] {
  const verdicts = picks.map((result) => `On ${result.filesystem.name}: ${picksVerdict(result).trimEnd()}`);
  return [
    '## Picks',
    `What \`pick --workload\` foresaw, and what the work then cost on every driver, is in [picks](picks.md).\n${verdicts.join('\n')}`,
  ];
}

function machineBlocks(grid: BenchResult | undefined, rows: RowsResult | undefined): string[] {
  const runs: NamedRun[] = [
    ...(grid === undefined ? [] : [{ name: 'the grid', run: grid }]),
    ...(rows === undefined ? [] : [{ name: 'the rows', run: rows }]),
  ];
  if (runs.length === 0) return [];
  return [
    '## Machine and software',
    machineTable(runs),
    ...(grid === undefined ? [] : ['The targets of the grid:', targetsTable(grid.targets)]),
  ];
}
