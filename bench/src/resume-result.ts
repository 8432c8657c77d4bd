import { StorageError } from '@graphdriver/core';
import { caseId } from './bench-case.ts';
import type { TargetPlan } from './bench-plan.ts';
import type { BenchResult, RunConfiguration, TargetRecord } from './bench-result.ts';
import type { EnvironmentDifference } from './evidence/environment-difference.ts';
import { lastingDifferences } from './evidence/environment-differences.ts';

/** What is about to be measured. */
export type ResumingRun = Pick<BenchResult, 'targets' | 'cases' | 'seed' | 'environment'> & {
  readonly configuration: RunConfiguration;
};

/**
 * Sees to it that rounds which a run is about to measure belong to those of an earlier result, and returns what has changed about the
 * machine and the software since.
 *
 * Other targets, cases, another seed or configuration would be another experiment. Another machine, kernel or commit would be as well;
 * `accept` takes them all the same.
 *
 * @throws {StorageError} `UNSUPPORTED`, with the differences as sentences in `details.differences`
 */
export function checkResumed(
  earlier: BenchResult,
  run: ResumingRun,
  options: { readonly accept?: boolean } = {},
): readonly EnvironmentDifference[] {
  const otherwise = [
    ...listDifferences('target', labelsOf(earlier.targets), labelsOf(run.targets)),
    ...listDifferences('case', Object.keys(earlier.cases), Object.values(run.cases).map(caseId)),
    ...settingDifferences(earlier, run),
  ];
  if (otherwise.length > 0) {
    throw refusal(
      'It can only go on with what it measured.',
      otherwise,
      'Ask for the same as before, or begin a new file.',
    );
  }
  const pairs = earlier.targets.flatMap((before) => {
    const after = run.targets.find(({ label }) => label === before.label);
    return after === undefined ? [] : [[before, after] as const];
  });
  const changed = lastingDifferences(earlier, run, pairs);
  if (changed.length === 0 || options.accept === true) return changed;
  throw refusal(
    'Rounds before and after a change are not of one kind.',
    changed.map(({ what, before, after }) => `${what} was ${before} and is ${after}`),
    'Begin a new file and compare the two, or accept the change: it is noted in the result.',
  );
}

/** What of a plan an earlier result has not decided already: a case that it never tried is not tried now. */
export function undecidedPlan(plan: TargetPlan, earlier: BenchResult): TargetPlan {
  const own = plan.record.label;
  const measured = new Set(earlier.samples.filter(({ target }) => target === own).map((sample) => sample.case));
  const untried = new Set(
    earlier.skips
      .filter((skip) => skip.target === own && skip.round === undefined && !measured.has(skip.case))
      .map((skip) => skip.case),
  );
  const groups = plan.groups
    .map((group) => ({ ...group, cases: group.cases.filter((planned) => !untried.has(caseId(planned.case))) }))
    .filter((group) => group.cases.length > 0);
  return { ...plan, groups, skips: plan.skips.filter((skip) => !untried.has(skip.case)) };
}

function labelsOf(targets: readonly TargetRecord[]): string[] {
  return targets.map(({ label }) => label);
}

function listDifferences(what: string, before: readonly string[], after: readonly string[]): string[] {
  const missing = before.filter((one) => !after.includes(one));
  const added = after.filter((one) => !before.includes(one));
  return [
    ...missing.map((one) => `The ${what} ${one} is in the result, and would not be measured.`),
    ...added.map((one) => `The ${what} ${one} is not in the result.`),
  ];
}

function settingDifferences(earlier: BenchResult, run: ResumingRun): string[] {
  // Results of earlier releases do not say how they were bounded: nobody can tell.
  const before = { seed: earlier.seed, ...(earlier.configuration ?? run.configuration) };
  const after = { seed: run.seed, ...run.configuration };
  return (Object.keys(before) as (keyof typeof before)[]) // The keys are those of the object written above.
    .filter((name) => before[name] !== after[name])
    .map((name) => `Its ${name} is ${before[name]}, and not ${after[name]}.`);
}

function refusal(why: string, differences: readonly string[], hint: string): StorageError {
  const more = differences.length > 1 ? ` And ${differences.length - 1} more.` : '';
  const [first = ''] = differences;
  return new StorageError('UNSUPPORTED', `The result cannot be gone on with: ${why} ${first}${more}`, {
    hint,
    details: { differences },
  });
}
