import {
  type BenchCase,
  type ConcurrencyCase,
  caseId,
  type GroundCase,
  type SparseCase,
  type TouchCase,
} from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import { formatBytes } from '../format-units.ts';
import { bytesByRound, extraByRound, samplesByRound, summarizeIn } from '../summaries.ts';
import { type Column, renderTable } from '../text-table.ts';
import { byPlace, depthWords, TOUCH_WORDS } from '../touch-words.ts';
import { reflinkSection } from './reflink-table.ts';
import { emptyCell, type RenderOptions, type Section, shownTargets, timeCell } from './table-cell.ts';

/**
 * The tables of what is measured around a cell of the grid: first touches of all kinds, first appends to sparse files, and to several
 * files at once, each beyond the same in a plain directory; and file systems that share blocks beside those that do not.
 */
export function touchSections(result: BenchResult, options: RenderOptions = {}): Section[] {
  const cases = Object.values(result.cases);
  const touches = cases.filter((of): of is TouchCase => of.workload === 'touch');
  const sparse = cases.filter((of): of is SparseCase => of.workload === 'sparse');
  const concurrent = cases.filter((of): of is ConcurrencyCase => of.workload === 'concurrency');
  const table = (heading: string, rows: readonly (readonly string[])[]): string =>
    renderTable(columnsOf(result, heading, options), rows, options.format);
  return [
    ...byPlace(touches).map(([place, members]) => ({
      title: `First touches: ${place}`,
      table: table(
        'touch',
        members.map((of) => [TOUCH_WORDS[of.touch], ...extraCells(result, of, options)]),
      ),
    })),
    ...byPlace(sparse, depthWords).map(([place, members]) => ({
      title: `First appends to sparse files: ${place}`,
      table: table(
        'file',
        members.flatMap((of) => sparseRows(result, of, options)),
      ),
    })),
    ...byPlace(concurrent).map(([place, members]) => ({
      title: `First appends at once: ${place}`,
      table: table(
        'files',
        members.flatMap((of) => concurrencyRows(result, of, members, options)),
      ),
    })),
    ...reflinkSection(result, options),
  ];
}

function columnsOf(result: BenchResult, heading: string, options: RenderOptions): Column[] {
  return [{ heading }, ...shownTargets(result, options).map((target): Column => ({ heading: target, align: 'right' }))];
}

function extraCells(result: BenchResult, of: GroundCase, options: RenderOptions): string[] {
  return shownTargets(result, options).map((target) =>
    timeCell(result, target, of, summarizeIn(result, extraByRound(result, target, caseId(of)))),
  );
}

function sparseRows(result: BenchResult, of: SparseCase, options: RenderOptions): string[][] {
  const size = formatBytes(of.size);
  const disk = (operation: 'plain' | 'first'): string[] =>
    shownTargets(result, options).map((target) => sparseBytes(result, target, of, operation));
  return [
    [`${size}, append`, ...extraCells(result, of, options)],
    [`${size}, on the disk then`, ...disk('first')],
    [`${size}, in a plain directory`, ...disk('plain')],
  ];
}

/** What a sparse file takes on the disk after its first append, in a container or in the plain directory. */
export function sparseBytes(result: BenchResult, target: string, of: BenchCase, operation: 'plain' | 'first'): string {
  const summary = summarizeIn(result, bytesByRound(result, target, caseId(of), operation));
  return summary === undefined ? emptyCell(result, target, of) : formatBytes(summary.median);
}

function concurrencyRows(
  result: BenchResult,
  of: ConcurrencyCase,
  members: readonly ConcurrencyCase[],
  options: RenderOptions,
): string[][] {
  const times = [`${of.writers} at once`, ...extraCells(result, of, options)];
  const alone = members.find(({ writers }) => writers === 1);
  if (alone === undefined || of.writers === 1) return [times];
  const shares = shownTargets(result, options).map(
    (target) => shareOfSingles(result, target, of, alone) ?? emptyCell(result, target, of),
  );
  return [times, [`${of.writers} at once, of ${of.writers} alone`, ...shares]];
}

/** How long several first appends at once take, floor and all, of as many that wait for each other: `62 %`. */
export function shareOfSingles(
  result: BenchResult,
  target: string,
  of: ConcurrencyCase,
  alone: ConcurrencyCase,
): string | undefined {
  const median = (one: ConcurrencyCase): number | undefined =>
    summarizeIn(result, samplesByRound(result, target, caseId(one), 'first'))?.median;
  const [together, single] = [median(of), median(alone)];
  if (together === undefined || single === undefined) return undefined;
  return `${Math.round((100 * together) / (of.writers * single))} %`;
}
