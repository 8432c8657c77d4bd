import type { BenchResult } from '../bench-result.ts';
import { type CopyUpValue, copyUpValues, type Factors, factorsOf } from '../charts/copy-up-values.ts';
import type { Environment } from '../environment.ts';
import { formatBytes } from '../format-units.ts';
import { mergeResults, sameMachine } from '../merge-results.ts';
import type { RowsResult } from '../rows/rows-result.ts';
import type { LegendEntry } from './figure.ts';

/** A file that a report is made of, under the name by which the report calls it. */
export interface ReportSource {
  readonly name: string;
  readonly result: BenchResult | RowsResult;
}

/** A run of the grid in a report. */
export interface ReportRun {
  /** As in `run-1`. */
  readonly id: string;
  readonly name: string;
  readonly result: BenchResult;
  /** The targets of this run with the places of their colours, which are the same in all runs. */
  readonly targets: readonly LegendEntry[];
  readonly values: readonly CopyUpValue[];
  readonly factors: Factors;
  /** What stands under every chart of it. */
  readonly environment: string;
}

/** Rows in a report. */
export interface ReportRows {
  readonly id: string;
  readonly name: string;
  readonly result: RowsResult;
  readonly environment: string;
}

/** All that a report shows. */
export interface ReportModel {
  readonly runs: readonly ReportRun[];
  readonly rows: readonly ReportRows[];
  /** Labels of all targets of all runs: the place in this list is the place of the colour. */
  readonly labels: readonly string[];
}

/** Makes the model of a report. Grids of one machine become one run where the later fills up the earlier; else they are runs to be compared. */
export function reportModel(sources: readonly ReportSource[]): ReportModel {
  const grids = joined(
    sources.flatMap(({ name, result }) => (result.format === 'graphdriver-bench' ? [{ name, result }] : [])),
  );
  const rows = sources.flatMap(({ name, result }) => (result.format === 'graphdriver-rows' ? [{ name, result }] : []));
  const labels = [...new Set(grids.flatMap(({ result }) => result.targets.map(({ label }) => label)))];
  return {
    labels,
    runs: grids.map(({ name, result }, index) => {
      const values = copyUpValues(result);
      return {
        id: `run-${index + 1}`,
        name,
        result,
        targets: result.targets.map(({ label }) => ({ index: labels.indexOf(label), name: label })),
        values,
        factors: factorsOf(values),
        environment: gridEnvironment(result),
      };
    }),
    rows: rows.map(({ name, result }, index) => ({
      id: `rows-${index + 1}`,
      name,
      result,
      environment: `${machineSentence(result)} On ${result.filesystem.name}, seed ${result.seed}.`,
    })),
  };
}

interface NamedGrid {
  readonly name: string;
  readonly result: BenchResult;
}

function joined(grids: readonly NamedGrid[]): NamedGrid[] {
  const found: NamedGrid[] = [];
  for (const grid of grids) {
    const place = found.findIndex(({ result }) => mayFillUp(result, grid.result));
    const known = found[place];
    if (known === undefined) found.push(grid);
    else found[place] = { name: known.name, result: mergeResults([known.result, grid.result]) };
  }
  return found;
}

/** A later run fills up an earlier one of the same machine where it has other targets, or has finished what that left unfinished. */
function mayFillUp(earlier: BenchResult, later: BenchResult): boolean {
  if (!sameMachine(earlier, later)) return false;
  const [before, after] = [casesKnown(earlier), casesKnown(later)];
  const common = later.targets.map(({ label }) => label).filter((label) => before.has(label));
  const finishes = (label: string): boolean => (after.get(label) ?? 0) === Object.keys(later.cases).length;
  return common.every((label) => (before.get(label) ?? 0) < Object.keys(earlier.cases).length && finishes(label));
}

/** Of how many cases a target says something: samples, or why there are none. */
function casesKnown({ samples, skips }: BenchResult): ReadonlyMap<string, number> {
  const known = new Map<string, Set<string>>();
  for (const { target, case: id } of [...samples, ...skips])
    known.set(target, (known.get(target) ?? new Set()).add(id));
  return new Map([...known].map(([target, ids]) => [target, ids.size]));
}

function gridEnvironment(result: BenchResult): string {
  const places = new Set(result.targets.map(({ filesystem }) => filesystem.name));
  const rounds = `${result.rounds} ${result.rounds === 1 ? 'round' : 'rounds'}`;
  const early = result.complete ? '' : ', ended early';
  return `${machineSentence(result)} On ${[...places].join(', ')}; ${rounds}${early}, seed ${result.seed}.`;
}

/** Machine, software, date and commit in a sentence. */
export function machineSentence({
  environment,
  startedAt,
}: {
  readonly environment: Environment;
  readonly startedAt: string;
}): string {
  const { kernel, architecture, cpu, memory, node, load, commit } = environment;
  const parts = [
    `Measured ${startedAt.slice(0, 10)}`,
    commit === null ? 'at no known commit' : `at commit ${commit.slice(0, 12)}${commit.endsWith('+') ? '+' : ''}`,
    `on Linux ${kernel} (${architecture})`,
    `${cpu.count} × ${cpu.model}`,
    `${formatBytes(memory.total)} memory`,
    `load ${load.map((one) => one.toFixed(1)).join(' ')}`,
    `Node ${node}`,
  ];
  return `${parts.join(', ')}.`;
}
