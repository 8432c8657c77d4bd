import { type BenchCase, caseId, OPERATIONS, type Operation } from '../bench-case.ts';
import type { BenchResult, TargetRecord } from '../bench-result.ts';
import type {
  CaseComparison,
  ComparedRun,
  Comparison,
  DifferenceVerdict,
  JudgedRatio,
  OperationComparison,
  UnmatchedCase,
} from './comparison.ts';
import { environmentDifferences } from './environment-differences.ts';
import { holm } from './holm.ts';
import { DIFFERENCE_LEVEL, pairedRatio, type RatioEstimate, unpairedRatio } from './paired-ratio.ts';
import { sortedQuantile } from './quantile-interval.ts';
import { type Rounds, roundsOf } from './rounds.ts';

/** Options of {@link compareResults}. */
export interface CompareOptions {
  /** Compare only this target of the earlier result, and the one named by `after` of the later one. Both or neither. */
  readonly before?: string;
  readonly after?: string;
  /** What is within this of 1 counts as the same; 0.05 unless given. */
  readonly margin?: number;
}

/**
 * Compares two results, or two targets of one: same cases with same cases, rounds in pairs by their number.
 *
 * The observations are the rounds. Where a side has but one, its samples stand in, and a note says what that is worth.
 * Differences are called with the number of tests considered: of all comparisons in which nothing differs, at most 5 % call anything,
 * half of that being spent on the operations over all cases, and half on the cases. Takes some milliseconds.
 *
 * @throws {TypeError} where a named target does not exist, or the results have no target in common
 */
export function compareResults(before: BenchResult, after: BenchResult, options: CompareOptions = {}): Comparison {
  const { margin = 0.05 } = options;
  const targets = matchTargets(before, after, options);
  const pairs = targets.flatMap(([one, other]) => casePairs(before, after, one.label, other.label));
  const cases = judged(pairs.map(compareCase), margin);
  const operations = judged(groups(pairs).map(compareGroup), margin);
  const unmatched = targets.flatMap(([one, other]) => unmatchedCases(before, after, one.label, other.label));
  return {
    before: runOf(
      before,
      pairs.map((pair) => pair.first),
    ),
    after: runOf(
      after,
      pairs.map((pair) => pair.second),
    ),
    margin,
    environment: environmentDifferences(before, after, targets),
    operations,
    cases,
    unmatched,
    verdict: overallVerdict(operations, cases),
    notes: notesOn(before, after, cases),
  };
}

interface CasePair {
  readonly target: string;
  readonly of: BenchCase;
  readonly operation: Operation;
  readonly first: Rounds;
  readonly second: Rounds;
}

function matchTargets(
  before: BenchResult,
  after: BenchResult,
  options: CompareOptions,
): readonly (readonly [TargetRecord, TargetRecord])[] {
  if (options.before !== undefined || options.after !== undefined) {
    const first = options.before ?? options.after;
    const second = options.after ?? options.before;
    return [[targetNamed(before, first ?? ''), targetNamed(after, second ?? '')]];
  }
  const found = before.targets.flatMap((one) =>
    after.targets.filter(({ label }) => label === one.label).map((other) => [one, other] as const),
  );
  if (found.length > 0) return found;
  const labels = (result: BenchResult): string => result.targets.map(({ label }) => label).join(', ');
  throw new TypeError(`The results have no target in common: ${labels(before)}; ${labels(after)}.`);
}

function targetNamed(result: BenchResult, label: string): TargetRecord {
  const found = result.targets.find((target) => target.label === label);
  if (found !== undefined) return found;
  throw new TypeError(`There is no target ${label}; there are ${result.targets.map((one) => one.label).join(', ')}.`);
}

function casePairs(before: BenchResult, after: BenchResult, one: string, other: string): CasePair[] {
  return Object.values(after.cases).flatMap((of) =>
    OPERATIONS[of.workload].flatMap((operation): CasePair[] => {
      const first = roundsOf(before, one, caseId(of), operation);
      const second = roundsOf(after, other, caseId(of), operation);
      return first.size === 0 || second.size === 0 ? [] : [{ target: other, of, operation, first, second }];
    }),
  );
}

function unmatchedCases(before: BenchResult, after: BenchResult, one: string, other: string): UnmatchedCase[] {
  const measured = (result: BenchResult, label: string): Set<string> =>
    new Set(result.samples.filter(({ target }) => target === label).map((sample) => sample.case));
  const [first, second] = [measured(before, one), measured(after, other)];
  const only = (side: UnmatchedCase['only'], mine: Set<string>, theirs: Set<string>): UnmatchedCase[] =>
    [...mine].filter((id) => !theirs.has(id)).map((id) => ({ only: side, target: other, case: id }));
  return [...only('before', first, second), ...only('after', second, first)];
}

type Unjudged<T extends JudgedRatio> = Omit<T, 'adjustedP' | 'verdict'>;

function compareCase(pair: CasePair): Unjudged<CaseComparison> {
  const { target, of, operation, first, second } = pair;
  const common = commonRounds(pair);
  const values = (rounds: Rounds): number[] => common.map((round) => middle(rounds.get(round) ?? []));
  const estimate =
    common.length > 1 ? pairedRatio(values(first), values(second)) : unpairedRatio(flat(first), flat(second));
  return {
    target,
    case: caseId(of),
    operation,
    control: isControl(operation),
    before: middle(flat(first)),
    after: middle(flat(second)),
    ...estimate,
  };
}

/** What no driver has to do with: where it differs, the machines do. */
function isControl(operation: Operation): boolean {
  return operation === 'plain' || operation === 'idle';
}

/** The pairs of one operation of a workload on a target. */
function groups(pairs: readonly CasePair[]): CasePair[][] {
  const found = new Map<string, CasePair[]>();
  for (const pair of pairs) {
    const key = `${pair.target}\n${pair.of.workload}\n${pair.operation}`;
    const group = found.get(key);
    if (group === undefined) found.set(key, [pair]);
    else group.push(pair);
  }
  return [...found.values()];
}

function compareGroup(group: readonly CasePair[]): Unjudged<OperationComparison> {
  // A case that was cut short in most rounds would leave its group only those that it has.
  const most = Math.max(...group.map((pair) => commonRounds(pair).length));
  const pairs = group.filter((pair) => commonRounds(pair).length === most);
  const [first] = pairs;
  if (first === undefined) throw new RangeError('A group has a case.');
  const { target, operation, of } = first;
  const facts = { target, workload: of.workload, operation, control: isControl(operation), cases: pairs.length };
  return { ...facts, ...groupRatio(pairs) };
}

/** Each round is one observation: the mean over the cases of their logarithms, on either side. */
function groupRatio(pairs: readonly CasePair[]): RatioEstimate {
  const [one] = pairs;
  const complete = (one === undefined ? [] : commonRounds(one)).filter((round) =>
    pairs.every(({ first, second }) => first.has(round) && second.has(round)),
  );
  const geometricMean = (values: readonly number[]): number =>
    Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
  if (complete.length > 1) {
    const side = (of: 'first' | 'second'): number[] =>
      complete.map((round) => geometricMean(pairs.map((pair) => middle(pair[of].get(round) ?? []))));
    return pairedRatio(side('first'), side('second'));
  }
  // Samples of one process each. What the cases differ in is taken out, or it would drown what the sides differ in.
  const centred = pairs.map(({ first, second }) => {
    const centre = geometricMean([...flat(first), ...flat(second)]);
    return [flat(first), flat(second)].map((values) => values.map((value) => value / centre));
  });
  return unpairedRatio(
    centred.flatMap(([one = []]) => one),
    centred.flatMap(([, other = []]) => other),
  );
}

/** Considers all tests of drivers together, and those of plain work among themselves. */
function judged<T extends JudgedRatio>(rows: readonly Unjudged<T>[], margin: number): T[] {
  const adjusted = new Map<Unjudged<T>, number>();
  for (const control of [false, true]) {
    const family = rows.filter((row) => row.control === control);
    const raised = holm(family.map(({ p }) => p));
    // Twice: the operations and the cases are two families, and share the chance of a false alarm.
    for (const [index, row] of family.entries()) adjusted.set(row, Math.min(1, 2 * (raised[index] ?? 1)));
  }
  return rows.map((row) => {
    const adjustedP = adjusted.get(row) ?? 1;
    // The compiler does not see that a T without two properties and those two make a T.
    return { ...row, adjustedP, verdict: verdictOn(row, adjustedP, margin) } as unknown as T;
  });
}

function verdictOn({ ratio, low, high }: RatioEstimate, adjustedP: number, margin: number): DifferenceVerdict {
  if (adjustedP <= DIFFERENCE_LEVEL) return ratio > 1 ? 'slower' : 'faster';
  return low >= 1 / (1 + margin) && high <= 1 + margin ? 'same' : 'unclear';
}

function overallVerdict(
  operations: readonly OperationComparison[],
  cases: readonly CaseComparison[],
): Comparison['verdict'] {
  const verdicts = new Set([...operations, ...cases].filter(({ control }) => !control).map(({ verdict }) => verdict));
  if (verdicts.has('slower')) return verdicts.has('faster') ? 'mixed' : 'slower';
  if (verdicts.has('faster')) return 'faster';
  const own = operations.filter(({ control }) => !control);
  return own.length > 0 && own.every(({ verdict }) => verdict === 'same') ? 'same' : 'unclear';
}

function runOf({ startedAt, environment, complete }: BenchResult, sides: readonly Rounds[]): ComparedRun {
  const rounds = Math.max(0, ...sides.map(({ size }) => size));
  return { startedAt, commit: environment.commit, complete, rounds };
}

function notesOn(before: BenchResult, after: BenchResult, cases: readonly CaseComparison[]): string[] {
  const lone = cases.filter(({ unit }) => unit === 'sample').length;
  const few = cases.filter(({ unit, observations }) => unit === 'round' && observations < 6).length;
  const plain = cases.filter(({ control, verdict }) => control && (verdict === 'slower' || verdict === 'faster'));
  return [
    ...(lone > 0
      ? [
          `${lone} of ${cases.length} comparisons have one round on a side: they tell two processes apart, and not two versions.`,
        ]
      : []),
    ...(few > 0
      ? [`${few} of ${cases.length} comparisons have fewer than six pairs of rounds, and find only large differences.`]
      : []),
    ...(plain.length > 0
      ? [`Plain writes, in which no driver takes part, differ in ${plain.length} cases: the machine was not the same.`]
      : []),
    ...([before, after].some(({ complete }) => !complete) ? ['A run was ended early.'] : []),
  ];
}

function commonRounds({ first, second }: Pick<CasePair, 'first' | 'second'>): number[] {
  return [...first.keys()].filter((round) => second.has(round));
}

function flat(rounds: Rounds): number[] {
  return [...rounds.values()].flat();
}

function middle(values: readonly number[]): number {
  return sortedQuantile(Float64Array.from(values).sort(), 0.5);
}
