import { type BenchCase, caseId, isOnGround, OPERATIONS, type Operation } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import { cellOf } from '../ground-case.ts';
import {
  bytesByRound,
  extraByRound,
  ratiosByRound,
  samplesByRound,
  summarizeIn,
  type ValuesByRound,
} from '../summaries.ts';
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
  'touch',
  'writers',
  'files',
  'file_size',
  'changed',
  'work',
  'amount',
  'containers',
  'at_once',
  'written',
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
 * samples. Times are in nanoseconds and sizes in bytes; the quantity `extra` is what `first` took beyond `plain`,
 * and `times` how many times as long.
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

interface Quantity {
  readonly quantity: string;
  readonly unit: string;
  readonly values: ValuesByRound;
}

function rowsOf(result: BenchResult, target: string, of: BenchCase): Row[] {
  const id = caseId(of);
  const quantities: Quantity[] = OPERATIONS[of.workload].map((operation) => ({
    quantity: operation,
    unit: 'ns',
    values: samplesByRound(result, target, id, operation),
  }));
  if (isOnGround(of)) quantities.unshift({ quantity: 'extra', unit: 'ns', values: extraByRound(result, target, id) });
  if (of.workload === 'inside')
    quantities.unshift({ quantity: 'times', unit: '1', values: ratiosByRound(result, target, id) });
  for (const operation of diskOperations(of)) {
    const values = bytesByRound(result, target, id, operation);
    quantities.push({ quantity: `disk after ${operation}`, unit: 'B', values });
  }
  if (of.workload === 'space') quantities.push(...spaceQuantities(result, target, id));
  const fixed = { ...targetFields(result, target), ...caseFields(of) };
  return quantities.flatMap(({ quantity, unit, values }) => {
    const summary = summarizeIn(result, values);
    return summary === undefined ? [] : [{ ...fixed, quantity, unit, ...summary }];
  });
}

function spaceQuantities(result: BenchResult, target: string, id: string): Quantity[] {
  const kinds = { bytes: 'reclaimable after', allocated: 'in use after', deviceBytes: 'written by' } as const;
  return OPERATIONS.space.flatMap((operation) =>
    (['bytes', 'allocated', 'deviceBytes'] as const).map((kind) => ({
      quantity: `${kinds[kind]} ${operation}`,
      unit: 'B',
      values: bytesByRound(result, target, id, operation, kind),
    })),
  );
}

/** After which operations it was looked what is on the disk. */
function diskOperations({ workload }: BenchCase): readonly Operation[] {
  if (workload === 'where') return ['create', 'first'];
  return workload === 'sparse' ? ['plain', 'first'] : [];
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
  if (isOnGround(of)) return { ...cellOf(of), ...of };
  if (of.workload === 'inside' || of.workload === 'chain') return of;
  if (of.workload === 'many') return { workload: of.workload, containers: of.containers, at_once: of.atOnce };
  const { workload, files, fileSize } = of;
  return { workload, files, file_size: fileSize, ...(of.workload === 'difference' ? { changed: of.changed } : {}) };
}

function field(value: string | number): string {
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
