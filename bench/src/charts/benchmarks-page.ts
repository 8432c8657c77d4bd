import type { BenchResult } from '../bench-result.ts';
import { renderCostModels } from '../cost-model/model-table.ts';
import { renderComparison } from '../evidence/render-comparison.ts';
import { renderSelfComparison, selfComparison } from '../evidence/self-comparison.ts';
import { GRID_CENTRE } from '../grid-cases.ts';
import { picksPage } from '../picks/picks-page.ts';
import type { PicksResult } from '../picks/picks-result.ts';
import { picksVerdict } from '../picks/render-picks.ts';
import { renderRowNotes, renderRows, renderVerdict } from '../rows/render-rows.ts';
import type { RowsResult } from '../rows/rows-result.ts';
import { renderResult } from '../tables/render-result.ts';
import { placeWords } from '../touch-words.ts';
import { ADD_YOUR_MACHINE } from './add-your-machine.ts';
import type { Chart } from './chart.ts';
import { copyUpHeatMaps } from './copy-up-heat-maps.ts';
import { copyUpLines } from './copy-up-lines.ts';
import { copyUpFindings } from './findings.ts';
import { insideChart } from './inside-chart.ts';
import { lifecycleChart } from './lifecycle-chart.ts';
import { machineTable, type NamedRun, targetsTable } from './machine-table.ts';
import { manyChart } from './many-chart.ts';
import { rowsChart } from './rows-chart.ts';
import { spaceChart } from './space-chart.ts';
import { touchChart } from './touch-chart.ts';

/** What a page is made of: any may be missing. */
export interface BenchmarksSource {
  readonly grid?: BenchResult | undefined;
  readonly rows?: RowsResult | undefined;
  /** A driver measured beside itself. */
  readonly self?: BenchResult | undefined;
  /** Workloads that were foreseen and then done. */
  readonly picks?: readonly PicksResult[] | undefined;
}

/**
 * The page of results with its charts: texts by file name, `README.md` and the charts that it shows.
 *
 * Every sentence and number is of the results alone, so that the page is made anew and never edited.
 */
export function benchmarksPage({ grid, rows, self, picks = [] }: BenchmarksSource): Readonly<Record<string, string>> {
  const charts = {
    rows: rowCharts(rows),
    copyUp: copyUpCharts(grid),
    touch: touchCharts(grid),
    life: lifeCharts(grid),
    space: spaceCharts(grid),
    mounts: mountCharts(grid),
  };
  const blocks = [
    '# Benchmarks',
    'This page is written by `node scripts/benchmarks.mjs` from the files that `graphdriver bench` keeps.\nChange those, or the script, but not the page.\n' +
      'A page to look around in, with a filter, comparisons, all samples and the charts as PNG, is made from the same files by `graphdriver bench report docs/benchmarks/results/*.json --out report`.',
    'What other programs are measured beside our drivers, and how, is in [peers](peers.md).',
    ...(rows === undefined ? [] : rowBlocks(rows, charts.rows)),
    ...(grid === undefined ? [] : gridBlocks(grid, charts.copyUp, charts.life)),
    ...touchBlocks(charts.touch),
    ...mountBlocks(charts.mounts),
    ...spaceBlocks(charts.space),
    ...(self === undefined ? [] : selfBlocks(self)),
    ...(picks.length === 0 ? [] : pickBlocks(picks)),
    ...machineBlocks(grid, rows),
    ADD_YOUR_MACHINE,
    ...(grid === undefined ? [] : ['## All numbers of the grid', renderResult(grid, { format: 'markdown' })]),
  ];
  const files = Object.values(charts)
    .flat()
    .map(({ name, svg }) => [name, svg] as const);
  const page = `${blocks.map((block) => block.trimEnd()).join('\n\n')}\n`;
  return Object.fromEntries([
    ['README.md', page],
    ...(picks.length === 0 ? [] : [['picks.md', picksPage(picks)]]),
    ...files,
  ]);
}

/** All charts that a result of the grid gives. */
export function gridCharts(grid: BenchResult): readonly Chart[] {
  return [...copyUpCharts(grid), ...touchCharts(grid), ...lifeCharts(grid), ...mountCharts(grid), ...spaceCharts(grid)];
}

function rowCharts(rows: RowsResult | undefined): Chart[] {
  return present([rows === undefined ? undefined : rowsChart(rows)]);
}

function copyUpCharts(grid: BenchResult | undefined): Chart[] {
  return grid === undefined
    ? []
    : present([copyUpLines(grid, 'warm'), copyUpLines(grid, 'cold'), ...copyUpHeatMaps(grid)]);
}

function touchCharts(grid: BenchResult | undefined): Chart[] {
  return grid === undefined ? [] : present([touchChart(grid)]);
}

function lifeCharts(grid: BenchResult | undefined): Chart[] {
  return grid === undefined ? [] : present([lifecycleChart(grid)]);
}

function mountCharts(grid: BenchResult | undefined): Chart[] {
  return grid === undefined ? [] : present([insideChart(grid), manyChart(grid)]);
}

function spaceCharts(grid: BenchResult | undefined): Chart[] {
  return grid === undefined ? [] : present([spaceChart(grid)]);
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

function gridBlocks(grid: BenchResult, copyUp: readonly Chart[], life: readonly Chart[]): string[] {
  const findings = copyUpFindings(grid).map((finding) => `- ${finding}`);
  return [
    ...(copyUp.length === 0
      ? []
      : [
          '## The first write to a file',
          ...(findings.length === 0 ? [] : [findings.join('\n')]),
          ...copyUp.map(image),
          ...modelBlocks(grid),
        ]),
    ...(life.length === 0 ? [] : ["## A container's life", ...life.map(image)]),
  ];
}

function touchBlocks(charts: readonly Chart[]): string[] {
  if (charts.length === 0) return [];
  return [
    '## Other first touches',
    'What else a program may do first to a file of a lower layer, sparse files, and several files at once: other factors, one at a time,\n' +
      `around a cell in the middle of the grid (${placeWords(GRID_CENTRE)}).`,
    ...charts.map(image),
  ];
}

function mountBlocks(charts: readonly Chart[]): string[] {
  if (charts.length === 0) return [];
  return [
    '## Programs in mounts, and many containers',
    'Ordinary programs in a container that nobody has used yet, beside the same in a plain directory, which is what a volume is;\n' +
      'and what containers take when there are many of them, or many layers below one.',
    ...charts.map(image),
  ];
}

function spaceBlocks(charts: readonly Chart[]): string[] {
  if (charts.length === 0) return [];
  return [
    '## Space',
    "What a container makes the device write, by the device's own counter, each step with the sync after it; and what it takes.\n" +
      'The numbers of all steps are in the tables below.',
    ...charts.map(image),
  ];
}

function modelBlocks(grid: BenchResult): string[] {
  const table = renderCostModels(grid, 'markdown');
  if (table === '') return [];
  return [
    'By formula: a first write costs a constant, and so much for each MiB, layer and directory.\n' +
      'Where every layer has the directories, each costs again for each layer but the first: that is per directory and layer.\n' +
      'Fitted to relative errors with Huber weights, without negative terms; 95 % intervals from resampling, by round where there are several.\n' +
      'The last columns say how far measured cells are from a formula that was fitted without them.\n' +
      '`graphdriver cost GRID.json --size 100MiB --layer 40 --under 10ms` answers from it.',
    table,
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

function image({ name, title }: Chart): string {
  return `![${title}](${name})`;
}

function present(charts: readonly (Chart | undefined)[]): Chart[] {
  return charts.filter((chart) => chart !== undefined);
}
