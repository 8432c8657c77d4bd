import type { Chart } from '../charts/chart.ts';
import { rowsChart } from '../charts/rows-chart.ts';
import { compareResults } from '../evidence/compare-results.ts';
import { compareData } from './compare-data.ts';
import { comparisonSection } from './comparison-section.ts';
import { copyUpSections } from './copy-up-figures.ts';
import { distributionSections } from './distribution-figures.ts';
import { figureChart } from './figure.ts';
import { headlineSection } from './headline-section.ts';
import { machineSection } from './machine-section.ts';
import { modelSection } from './model-section.ts';
import { insideSection, manySection } from './mount-sections.ts';
import { pageHtml } from './page.ts';
import { compareMarkup, filterForm } from './report-controls.ts';
import {
  machineSentence,
  type ReportModel,
  type ReportRows,
  type ReportRun,
  type ReportSource,
  reportModel,
} from './report-model.ts';
import type { ReportSection } from './report-section.ts';
import { type ReportTable, tableCsv, tableMarkdown } from './report-table.ts';
import { rowsSection } from './rows-section.ts';
import { spaceSection } from './space-section.ts';
import { touchSection } from './touch-section.ts';

/** A report as texts. */
export interface Report {
  /** The page, self-contained. */
  readonly page: string;
  /** Its charts as SVG documents. */
  readonly charts: readonly Chart[];
  /** Its tables by file name, each as Markdown and as CSV. */
  readonly tables: Readonly<Record<string, string>>;
}

/**
 * A report of results: one page, and its charts and tables as files.
 *
 * From the results alone, so that the same files give the same report. Takes some seconds for a whole grid, mostly for resampling.
 *
 * @throws {TypeError} where there is no result
 */
export function makeReport(sources: readonly ReportSource[]): Report {
  if (sources.length === 0) throw new TypeError('A report is made of at least one result.');
  const model = reportModel(sources);
  const sections = [
    ...model.runs.flatMap((run) => titled(run, model, runSections(run))),
    ...changeSections(model),
    ...model.rows.map(rowsSection),
    machineSection(model),
  ];
  const page = pageHtml({
    title: 'What container storage costs',
    summary: summaryOf(model),
    sections,
    filter: filterForm(model),
    ...lastSection(model),
  });
  const figures = sections.flatMap(({ figures: shown, more }) => [...shown, ...more]);
  const tables = [...sections.flatMap((section) => section.tables), ...figures.map(({ table }) => table)];
  return { page, charts: [...figures.map(figureChart), ...model.rows.flatMap(rowsCharts)], tables: tableFiles(tables) };
}

function runSections(run: ReportRun): ReportSection[] {
  return [
    ...headlineSection(run),
    ...spaceSection(run),
    ...copyUpSections(run),
    ...touchSection(run),
    ...insideSection(run),
    ...manySection(run),
    ...modelSection(run),
    ...distributionSections(run),
  ];
}

function rowsCharts({ id, result }: ReportRows): Chart[] {
  const chart = rowsChart(result);
  return chart === undefined ? [] : [{ ...chart, name: `${id}.svg` }];
}

/** Where there are several runs, each section says of which it is. */
function titled(
  { name }: ReportRun,
  { runs }: ReportModel,
  sections: readonly ReportSection[],
): readonly ReportSection[] {
  return runs.length === 1
    ? sections
    : sections.map((section) => ({ ...section, title: `${section.title} · ${name}` }));
}

/** Every later run beside the first one, as far as they have targets in common. */
function changeSections({ runs }: ReportModel): ReportSection[] {
  const [first, ...others] = runs;
  if (first === undefined) return [];
  return others.flatMap((other) => {
    const common = other.targets.some(({ index }) => first.targets.some((target) => target.index === index));
    if (!common) return [];
    const names = {
      id: `${first.id}-${other.id}`,
      title: `${other.name} after ${first.name}`,
      before: first.name,
      after: other.name,
    };
    return [comparisonSection(compareResults(first.result, other.result), names)];
  });
}

function lastSection(model: ReportModel): { last?: { id: string; title: string; markup: string } } {
  const data = compareData(model);
  if (data.sides.length < 2) return {};
  return { last: { id: 'compare', title: 'Compare two targets', markup: compareMarkup(data) } };
}

function summaryOf({ runs, rows, labels }: ReportModel): string {
  const [first] = [...runs, ...rows];
  const samples = runs.reduce((sum, { result }) => sum + result.samples.length, 0);
  const amount =
    labels.length === 0
      ? ''
      : `${labels.length} ${labels.length === 1 ? 'target' : 'targets'}, ${samples.toLocaleString('en-US')} samples, every one of them in this page. `;
  const more = runs.length + rows.length - 1;
  return `${amount}${first === undefined ? '' : machineSentence(first.result)}${more > 0 ? ` And ${more} more ${more === 1 ? 'run' : 'runs'}.` : ''}`;
}

function tableFiles(tables: readonly ReportTable[]): Record<string, string> {
  return Object.fromEntries(
    tables.flatMap((table) => [
      [`${table.name}.md`, tableMarkdown(table)],
      [`${table.name}.csv`, tableCsv(table)],
    ]),
  );
}
