import { caseId, OPERATIONS, type WhereCase } from '../bench-case.ts';
import type { BenchResult, SampleRecord } from '../bench-result.ts';
import { formatBytes, formatInterval } from '../format-units.ts';
import { bytesByRound, samplesByRound, summarizeIn, sumsByRound } from '../summaries.ts';
import { type Column, renderTable } from '../text-table.ts';
import { emptyCell, type RenderOptions, type Section, shownTargets, timeCell } from './table-cell.ts';

const NAMES: Readonly<Record<string, string>> = { first: 'first write', second: 'second write' };

/**
 * What each driver pays where: for every step in a container's life its time, the sum of them, the step that most of it goes into, and
 * what the container takes on the disk before and after its first write. One table per image.
 */
export function whereSections(result: BenchResult, options: RenderOptions = {}): Section[] {
  const cases = Object.values(result.cases).filter((of): of is WhereCase => of.workload === 'where');
  return cases.map((of) => {
    const image = `an image of ${formatBytes(of.files * of.fileSize)}, first write to one of its ${of.files} files of ${formatBytes(of.fileSize)}`;
    return { title: `Where it is paid: ${image}`, table: whereTable(result, of, options) };
  });
}

function whereTable(result: BenchResult, of: WhereCase, options: RenderOptions): string {
  const targets = shownTargets(result, options);
  const columns: Column[] = [
    { heading: 'step' },
    ...targets.map((target): Column => ({ heading: target, align: 'right' })),
  ];
  const times = OPERATIONS.where.map((operation) => [
    NAMES[operation] ?? operation,
    ...targets.map((target) =>
      timeCell(result, target, of, summarizeIn(result, samplesByRound(result, target, caseId(of), operation))),
    ),
  ]);
  const row = (name: string, cell: (target: string) => string | undefined): string[] => {
    return [name, ...targets.map((target) => cell(target) ?? emptyCell(result, target, of))];
  };
  const rows = [
    ...times,
    row('all of it', (target) => {
      const summary = summarizeIn(result, sumsByRound(result, target, caseId(of)));
      return summary === undefined ? undefined : formatInterval(summary.median, summary.low, summary.high);
    }),
    row('most of it', (target) => mostOf(result, target, of)),
    row('disk, fresh', (target) => diskCell(result, target, of, 'create')),
    row('disk, after the first write', (target) => diskCell(result, target, of, 'first')),
  ];
  return renderTable(columns, rows, options.format);
}

function mostOf(result: BenchResult, target: string, of: WhereCase): string | undefined {
  const medians = OPERATIONS.where.map((operation) => ({
    operation,
    median: summarizeIn(result, samplesByRound(result, target, caseId(of), operation))?.median ?? 0,
  }));
  const all = medians.reduce((sum, { median }) => sum + median, 0);
  const most = medians.toSorted((a, b) => b.median - a.median)[0];
  if (most === undefined || all === 0) return undefined;
  return `${NAMES[most.operation] ?? most.operation}, ${Math.round((100 * most.median) / all)} %`;
}

function diskCell(
  result: BenchResult,
  target: string,
  of: WhereCase,
  operation: SampleRecord['operation'],
): string | undefined {
  const bytes = bytesByRound(result, target, caseId(of), operation);
  const summary = summarizeIn(result, bytes);
  return summary === undefined ? undefined : formatBytes(summary.median);
}
