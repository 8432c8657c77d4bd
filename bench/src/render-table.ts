import type { BenchCase, CopyUpCase, LifecycleCase } from './bench-case.ts';
import { caseId, OPERATIONS } from './bench-case.ts';
import type { BenchResult } from './bench-result.ts';
import { formatBytes, formatInterval, formatNanoseconds } from './format-units.ts';
import type { Summary } from './statistics.ts';
import { extraOverPlain, samplesOf, summarizeIn } from './summaries.ts';
import { type Column, renderTable, type TableFormat } from './text-table.ts';

/** Options of the renderers. */
export interface RenderOptions {
  /** `text` unless given. */
  readonly format?: TableFormat;
  /** Labels of the targets to show; all of them unless given. */
  readonly targets?: readonly string[];
}

/**
 * The copy_up table: what the first write to a file of a lower layer costs beyond the same write in a plain directory.
 *
 * One row per case, one column per target; each cell has the median and its 95 % bootstrap interval, `skipped` where the case was
 * not measured, and `–` where the run ended before.
 */
export function renderCopyUpTable(result: BenchResult, options: RenderOptions = {}): string {
  const labels = options.targets ?? result.targets.map(({ label }) => label);
  const cases = Object.values(result.cases).filter((of): of is CopyUpCase => of.workload === 'copy_up');
  const columns: Column[] = [
    { heading: 'file size', align: 'right' },
    { heading: 'directories', align: 'right' },
    { heading: 'layers', align: 'right' },
    ...labels.map((label): Column => ({ heading: label, align: 'right' })),
  ];
  const rows = cases.map((of) => {
    const cells = labels.map((label) =>
      cell(result, label, of, summarizeIn(result, extraOverPlain(result, label, caseId(of)))),
    );
    return [formatBytes(of.size), String(of.directories), String(of.layers), ...cells];
  });
  return renderTable(columns, rows, options.format);
}

/** The table of what a container's create, get, put and remove cost, in the manner of {@link renderCopyUpTable}. */
export function renderLifecycleTable(result: BenchResult, options: RenderOptions = {}): string {
  const labels = options.targets ?? result.targets.map(({ label }) => label);
  const cases = Object.values(result.cases).filter((of): of is LifecycleCase => of.workload === 'lifecycle');
  const columns: Column[] = [
    { heading: 'operation' },
    { heading: 'image' },
    ...labels.map((label): Column => ({ heading: label, align: 'right' })),
  ];
  const rows = OPERATIONS.lifecycle.flatMap((operation) =>
    cases.map((of) => {
      const image = `${formatBytes(of.files * of.fileSize)} in ${of.files} files`;
      const cells = labels.map((label) =>
        cell(result, label, of, summarizeIn(result, samplesOf(result, label, caseId(of), operation))),
      );
      return [operation, image, ...cells];
    }),
  );
  return renderTable(columns, rows, options.format);
}

/** What the numbers mean, in a few sentences: for under a table. */
export function renderMethod(result: BenchResult): string {
  const { environment, rounds } = result;
  const plain = result.samples.filter(({ operation }) => operation === 'plain').map(({ nanoseconds }) => nanoseconds);
  const baseline = summarizeIn(result, plain);
  const lines = [
    'copy_up: time of open, append of 1 byte and close on a file of the bottom layer in a fresh container, beyond that of the same append',
    `in a plain directory${baseline === undefined ? '' : ` (median ${formatNanoseconds(baseline.median)})`}. Lower file in the page cache, nothing waiting to be written back.`,
    `Medians with 95 % bootstrap intervals; ${rounds} rounds, a process per driver and round, order rotated.`,
    `Linux ${environment.kernel}, ${environment.cpu.count} × ${environment.cpu.model}, Node ${environment.node}, load ${environment.load.map((load) => load.toFixed(1)).join(' ')}.`,
  ];
  return `${lines.join('\n')}\n`;
}

/** One line per skip; empty where there are none. The same reason for several cases of a target is told once. */
export function renderSkips(result: BenchResult): string {
  const groups = new Map<string, { target: string; reason: string; cases: string[] }>();
  for (const { target, reason, case: id } of result.skips) {
    const key = `${target}\n${reason}`;
    const group = groups.get(key) ?? { target, reason, cases: [] };
    group.cases.push(id);
    groups.set(key, group);
  }
  return [...groups.values()]
    .map(({ target, reason, cases }) => `${target}: ${cases.join(', ')}: ${reason}\n`)
    .join('');
}

function cell(result: BenchResult, target: string, of: BenchCase, summary: Summary | undefined): string {
  if (summary !== undefined) return formatInterval(summary.median, summary.low, summary.high);
  return result.skips.some((skip) => skip.target === target && skip.case === caseId(of)) ? 'skipped' : '–';
}
