import { type BenchCase, caseId, OPERATIONS } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import { bytesByRound, extraByRound, samplesByRound, summarizeIn, type ValuesByRound } from '../summaries.ts';
import { type RenderOptions, shownTargets } from './table-cell.ts';

const COLUMNS = [
  'target',
  'driver',
  'filesystem',
  'volatile',
  'workload',
  'size',
  'layers',
  'directories',
  'placement',
  'cache',
  'files',
  'file_size',
  'changed',
  'quantity',
  'unit',
  'count',
  'median',
  'low',
  'high',
] as const;

type Row = Partial<Record<(typeof COLUMNS)[number], string | number>>;

/**
 * The medians and intervals of a result as comma-separated values with a header: a line for each target, case and quantity that has
 * samples. Times are in nanoseconds and sizes in bytes; the quantity `extra` is what `first` took beyond `plain`.
 */
export function renderCsv(
  result: BenchResult,
  options: Pick<RenderOptions, 'targets'> & { readonly workloads?: readonly BenchCase['workload'][] } = {},
): string {
  const rows = Object.values(result.cases)
    .filter((of) => options.workloads === undefined || options.workloads.includes(of.workload))
    .flatMap((of) => shownTargets(result, options).flatMap((target) => rowsOf(result, target, of)));
  const lines = rows.map((row) => COLUMNS.map((column) => field(row[column] ?? '')).join(','));
  return `${[COLUMNS.join(','), ...lines].join('\n')}\n`;
}

function rowsOf(result: BenchResult, target: string, of: BenchCase): Row[] {
  const id = caseId(of);
  const quantities: { quantity: string; unit: string; values: ValuesByRound }[] = OPERATIONS[of.workload].map(
    (operation) => ({ quantity: operation, unit: 'ns', values: samplesByRound(result, target, id, operation) }),
  );
  if (of.workload === 'copy_up')
    quantities.unshift({ quantity: 'extra', unit: 'ns', values: extraByRound(result, target, id) });
  for (const operation of of.workload === 'where' ? (['create', 'first'] as const) : []) {
    const values = bytesByRound(result, target, id, operation);
    quantities.push({ quantity: `disk after ${operation}`, unit: 'B', values });
  }
  const fixed = { ...targetFields(result, target), ...caseFields(of) };
  return quantities.flatMap(({ quantity, unit, values }) => {
    const summary = summarizeIn(result, values);
    return summary === undefined ? [] : [{ ...fixed, quantity, unit, ...summary }];
  });
}

function targetFields(result: BenchResult, label: string): Row {
  const found = result.targets.find((target) => target.label === label);
  return {
    target: label,
    driver: found?.driver ?? '',
    filesystem: found?.filesystem.name ?? '',
    volatile: String(found?.volatile ?? ''),
  };
}

function caseFields(of: BenchCase): Row {
  if (of.workload === 'copy_up') return of;
  const { workload, files, fileSize } = of;
  return { workload, files, file_size: fileSize, ...(of.workload === 'difference' ? { changed: of.changed } : {}) };
}

function field(value: string | number): string {
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
