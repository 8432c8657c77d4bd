import { type BenchCase, caseId, OPERATIONS, type Operation } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import { formatBytes } from '../format-units.ts';
import { chainCases, chainText, MANY_STEPS, manyContainerCases, manyText } from '../mount-words.ts';
import { samplesByRound, summarizeIn } from '../summaries.ts';
import { type Column, renderTable } from '../text-table.ts';
import { type RenderOptions, type Section, shownTargets, timeCell } from './table-cell.ts';

/** What it takes to start, unmount and remove many containers; and what one takes on chains of layers. */
export function manySections(result: BenchResult, options: RenderOptions = {}): Section[] {
  const [many, chains] = [manyContainerCases(result), chainCases(result)];
  const sections = [
    { title: 'Many containers', cases: many, table: stepTable(result, many, manyText, options) },
    { title: chainTitle(result), cases: chains, table: stepTable(result, chains, chainText, options) },
  ];
  return sections.filter(({ cases }) => cases.length > 0).map(({ title, table }) => ({ title, table }));
}

/** What the cases of chains of layers have in common. */
export function chainTitle(result: BenchResult): string {
  const written = new Set(chainCases(result).map((of) => formatBytes(of.written)));
  return `One container by layers, which has written ${[...written].join(' or ')} when it is unmounted`;
}

function stepTable<Case extends BenchCase>(
  result: BenchResult,
  cases: readonly Case[],
  words: (of: Case) => string,
  options: RenderOptions,
): string {
  const targets = shownTargets(result, options);
  const columns: Column[] = [
    { heading: 'operation' },
    { heading: 'on' },
    ...targets.map((target): Column => ({ heading: target, align: 'right' })),
  ];
  const rows = stepsOf(cases).map(({ of, operation }) => [
    MANY_STEPS[operation] ?? operation,
    words(of),
    ...targets.map((target) => stepCell(result, target, of, operation)),
  ]);
  return renderTable(columns, rows, options.format);
}

/** Every operation of some cases, those of one name together. */
export function stepsOf<Case extends BenchCase>(cases: readonly Case[]): { of: Case; operation: Operation }[] {
  const operations = [...new Set(cases.flatMap(({ workload }) => OPERATIONS[workload]))];
  return operations.flatMap((operation) => cases.map((of) => ({ of, operation })));
}

/** What an operation takes. */
export function stepCell(result: BenchResult, target: string, of: BenchCase, operation: Operation): string {
  return timeCell(result, target, of, summarizeIn(result, samplesByRound(result, target, caseId(of), operation)));
}
