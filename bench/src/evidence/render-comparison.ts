import { formatNanoseconds } from '../format-units.ts';
import { renderTable, type TableFormat } from '../text-table.ts';
import type { CaseComparison, ComparedRun, Comparison, JudgedRatio } from './comparison.ts';

/** How to print a comparison. */
export interface ComparisonOptions {
  readonly format?: TableFormat;
  /** All cases; else those that differ, and as many others as make ten. */
  readonly all?: boolean;
}

const SHOWN = 10;

/** A comparison for people: what differs besides the drivers first, then operations, cases, the verdict and its reservations. */
export function renderComparison(comparison: Comparison, options: ComparisonOptions = {}): string {
  const { format = 'text', all = false } = options;
  const shown = all ? comparison.cases : mostDifferent(comparison.cases);
  const rest = comparison.cases.length - shown.length;
  return [
    `before: ${runLine(comparison.before)}\nafter:  ${runLine(comparison.after)}\n`,
    environmentBlock(comparison, format),
    operationTable(comparison, format),
    `${caseTable(shown, format)}${rest > 0 ? `${rest} more cases differ less.\n` : ''}`,
    methodLines(comparison),
    [...comparison.notes, verdictSentence(comparison)].join('\n'),
  ].join('\n');
}

/** The verdict on the whole, in a sentence. */
export function verdictSentence({ verdict, operations, cases, margin }: Comparison): string {
  const called = [...operations, ...cases].filter((row) => !row.control);
  const count = (of: JudgedRatio['verdict']): number => called.filter((row) => row.verdict === of).length;
  switch (verdict) {
    case 'slower':
      return `Slower: ${count('slower')} of ${called.length} comparisons.`;
    case 'faster':
      return `Faster: ${count('faster')} of ${called.length} comparisons.`;
    case 'mixed':
      return `Mixed: of ${called.length} comparisons ${count('slower')} are slower and ${count('faster')} faster.`;
    case 'same':
      return `The same: every operation within ${percent(margin)}.`;
    case 'unclear':
      return 'No difference was found, and none that is larger than the margin is ruled out: more rounds would tell.';
  }
}

function runLine({ startedAt, commit, rounds, complete }: ComparedRun): string {
  const state = complete ? '' : ', ended early';
  return `${startedAt}, commit ${shortCommit(commit)}, ${rounds} ${rounds === 1 ? 'round' : 'rounds'}${state}`;
}

/** The + of a changed working copy stays. */
function shortCommit(commit: string | null): string {
  return commit === null ? 'unknown' : `${commit.slice(0, 12)}${commit.endsWith('+') ? '+' : ''}`;
}

function environmentBlock({ environment }: Comparison, format: TableFormat): string {
  if (environment.length === 0) return 'Machine, software and file systems were alike.\n';
  const rows = environment.map(({ what, before, after }) => [what, before, after]);
  const columns = ['different', 'before', 'after'].map((heading) => ({ heading }));
  return renderTable(columns, rows, format);
}

const JUDGED = ['after / before', '95 % interval', 'finds', 'slower in', 'pairs', 'verdict'] as const;

function judgedCells(row: JudgedRatio): string[] {
  return [
    row.ratio.toFixed(3),
    Number.isFinite(row.high) ? `${row.low.toFixed(3)} to ${row.high.toFixed(3)}` : 'unknown',
    Number.isFinite(row.detectable) ? `+${percent(row.detectable - 1)}` : '',
    percent(row.slowerShare),
    row.unit === 'round' ? String(row.observations) : `${row.observations} samples`,
    row.control ? `${row.verdict} (plain)` : row.verdict,
  ];
}

function operationTable({ operations }: Comparison, format: TableFormat): string {
  const columns = [
    ...['target', 'workload', 'operation'].map((heading) => ({ heading })),
    ...['cases', ...JUDGED].map((heading) => ({ heading, align: heading === 'verdict' ? 'left' : 'right' }) as const),
  ];
  const rows = operations.map((row) => [
    row.target,
    row.workload,
    row.operation,
    String(row.cases),
    ...judgedCells(row),
  ]);
  return renderTable(columns, rows, format);
}

function caseTable(cases: readonly CaseComparison[], format: TableFormat): string {
  const columns = [
    ...['target', 'case', 'operation'].map((heading) => ({ heading })),
    ...['before', 'after', ...JUDGED].map(
      (heading) => ({ heading, align: heading === 'verdict' ? 'left' : 'right' }) as const,
    ),
  ];
  const rows = cases.map((row) => [
    row.target,
    row.case,
    row.operation,
    formatNanoseconds(row.before),
    formatNanoseconds(row.after),
    ...judgedCells(row),
  ]);
  return renderTable(columns, rows, format);
}

/** What was called first, and then what is farthest from 1. */
function mostDifferent(cases: readonly CaseComparison[]): CaseComparison[] {
  const called = ({ verdict }: CaseComparison): number => (verdict === 'slower' || verdict === 'faster' ? 0 : 1);
  const ranked = cases.toSorted(
    (a, b) => called(a) - called(b) || a.p - b.p || Math.abs(Math.log(b.ratio)) - Math.abs(Math.log(a.ratio)),
  );
  return ranked.slice(0, Math.max(SHOWN, ranked.filter((row) => called(row) === 0).length));
}

function methodLines({ cases, operations, margin }: Comparison): string {
  const tests = [...operations, ...cases].filter(({ control }) => !control).length;
  return (
    '20 % trimmed means of the logarithms of ratios, rounds in pairs. `finds`: the least slowdown that is found four times out of five,\n' +
    `the number of tests aside. A verdict regards all ${tests} tests (Holm); \`same\`: the interval lies within ${percent(margin)}.\n`
  );
}

function percent(share: number): string {
  const value = share * 100;
  return `${Math.abs(value) < 10 ? Number(value.toFixed(1)) : Math.round(value)} %`;
}
