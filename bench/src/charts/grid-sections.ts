import type { BenchResult } from '../bench-result.ts';
import { renderCostModels } from '../cost-model/model-table.ts';
import { GRID_CENTRE } from '../grid-cases.ts';
import { placeWords } from '../touch-words.ts';
import type { Chart } from './chart.ts';
import { copyUpHeatMaps } from './copy-up-heat-maps.ts';
import { copyUpLines } from './copy-up-lines.ts';
import { copyUpFindings } from './findings.ts';
import { insideChart } from './inside-chart.ts';
import { lifecycleChart } from './lifecycle-chart.ts';
import { manyChart } from './many-chart.ts';
import { spaceChart } from './space-chart.ts';
import { touchChart } from './touch-chart.ts';

/** A part of a page: its text, with the charts that the text shows. */
interface GridSection {
  readonly charts: readonly Chart[];
  /** Markdown, a paragraph each. */
  readonly blocks: readonly string[];
}

/** What a result of the grid gives for a page of Markdown: a section for each group of cases that it has. */
export function gridSections(grid: BenchResult, { prefix = '' }: { readonly prefix?: string } = {}): GridSection[] {
  const groups = [
    { charts: firstWriteCharts(grid), textOf: firstWrites },
    { charts: present([lifecycleChart(grid)]), textOf: lives },
    { charts: present([touchChart(grid)]), textOf: touches },
    { charts: present([insideChart(grid), manyChart(grid)]), textOf: mounts },
    { charts: present([spaceChart(grid)]), textOf: space },
  ];
  return groups.flatMap(({ charts, textOf }) => {
    const named = charts.map((chart) => ({ ...chart, name: prefix + chart.name }));
    return named.length === 0 ? [] : [{ charts: named, blocks: textOf(named.map(image), grid) }];
  });
}

/** All charts that a result of the grid gives. */
export function gridCharts(grid: BenchResult): readonly Chart[] {
  return gridSections(grid).flatMap(({ charts }) => charts);
}

function firstWriteCharts(grid: BenchResult): Chart[] {
  return present([copyUpLines(grid, 'warm'), copyUpLines(grid, 'cold'), ...copyUpHeatMaps(grid)]);
}

function firstWrites(images: readonly string[], grid: BenchResult): string[] {
  const findings = copyUpFindings(grid).map((finding) => `- ${finding}`);
  return [
    '## The first write to a file',
    ...(findings.length === 0 ? [] : [findings.join('\n')]),
    ...images,
    ...modelBlocks(grid),
  ];
}

function lives(images: readonly string[]): string[] {
  return ["## A container's life", ...images];
}

function touches(images: readonly string[]): string[] {
  return [
    '## Other first touches',
    'What else a program may do first to a file of a lower layer, sparse files, and several files at once: other factors, one at a time,\n' +
      `around a cell in the middle of the grid (${placeWords(GRID_CENTRE)}).`,
    ...images,
  ];
}

function mounts(images: readonly string[]): string[] {
  return [
    '## Programs in mounts, and many containers',
    'Ordinary programs in a container that nobody has used yet, beside the same in a plain directory, which is what a volume is;\n' +
      'and what containers take when there are many of them, or many layers below one.',
    ...images,
  ];
}

function space(images: readonly string[]): string[] {
  return [
    '## Space',
    "What a container makes the device write, by the device's own counter, each step with the sync after it; and what it takes.\n" +
      'The numbers of all steps are in the tables below.',
    ...images,
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

/** A chart beside the page that shows it. */
export function image({ name, title }: Chart): string {
  return `![${title}](${name})`;
}

/** The charts that there are. */
export function present(charts: readonly (Chart | undefined)[]): Chart[] {
  return charts.filter((chart) => chart !== undefined);
}
