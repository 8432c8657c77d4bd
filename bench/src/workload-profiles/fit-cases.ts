import { type BenchCase, caseId } from '../bench-case.ts';
import type { TargetPlan } from '../bench-plan.ts';
import type { BenchResult } from '../bench-result.ts';

/** Cases that there is time for, and how often. */
export interface FittedCases {
  readonly cases: readonly BenchCase[];
  readonly rounds: number;
}

/**
 * As many of `cases` as one round of all targets can measure in so many milliseconds, the cheapest first, and in how many rounds, up to
 * `mostRounds`. Goes by the guesses of `plans`, whose `milliseconds` are of one round.
 */
export function fitCases(
  cases: readonly BenchCase[],
  plans: readonly TargetPlan[],
  milliseconds: number,
  mostRounds: number,
): FittedCases {
  const costs = cases.map((of) => ({ of, cost: costOf(caseId(of), plans) })).toSorted((a, b) => a.cost - b.cost);
  const taken: BenchCase[] = [];
  let spent = 0;
  for (const { of, cost } of costs) {
    if (spent + cost > milliseconds) break;
    taken.push(of);
    spent += cost;
  }
  return { cases: taken, rounds: Math.max(1, Math.min(mostRounds, Math.floor(milliseconds / Math.max(1, spent)))) };
}

/** Layers that several cases share are paid for by all of them alike. */
function costOf(id: string, plans: readonly TargetPlan[]): number {
  return plans
    .flatMap(({ groups }) => groups)
    .flatMap((group) => group.cases.map((planned) => ({ planned, group })))
    .filter(({ planned }) => caseId(planned.case) === id)
    .reduce((sum, { planned, group }) => sum + planned.milliseconds + group.buildMilliseconds / group.cases.length, 0);
}

/** Two runs of other cases on the same targets, one after the other, as one: the rounds of the second are counted on. */
export function joinRuns(first: BenchResult, second: BenchResult | undefined): BenchResult {
  if (second === undefined) return { ...first, complete: false };
  const later = <Row extends { readonly round: number }>(rows: readonly Row[]): Row[] =>
    rows.map((row) => ({ ...row, round: row.round + first.rounds }));
  return {
    ...first,
    endedAt: second.endedAt,
    complete: first.complete && second.complete,
    rounds: first.rounds + second.rounds,
    cases: { ...first.cases, ...second.cases },
    order: [...first.order, ...later(second.order)],
    samples: [...first.samples, ...later(second.samples)],
    skips: [...first.skips, ...second.skips],
  };
}

/** The result with cases that there was no time for, as skipped on all targets. */
export function leaveOut(result: BenchResult, cases: readonly BenchCase[]): BenchResult {
  const skips = result.targets.flatMap(({ label }) =>
    cases.map((of) => ({ target: label, case: caseId(of), reason: 'There was no time for it.' })),
  );
  return {
    ...result,
    cases: { ...result.cases, ...Object.fromEntries(cases.map((of) => [caseId(of), of])) },
    skips: [...result.skips, ...skips],
  };
}
