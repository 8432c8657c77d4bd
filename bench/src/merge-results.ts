import type { BenchResult } from './bench-result.ts';

/**
 * Several runs of one machine as one result: a target of a later run takes the place of one of the same name in an earlier run.
 *
 * `rounds` is what every target has had at least, and the result is complete where every case was measured or skipped on every
 * target; so a run that was ended early can be filled up by another. The environment is that of the first run.
 *
 * @throws {TypeError} where there is no run, or they are of different machines, kernels or seeds
 */
export function mergeResults(results: readonly BenchResult[]): BenchResult {
  const [first, ...others] = results;
  if (first === undefined) throw new TypeError('There is at least one result to merge.');
  return others.reduce(mergeTwo, first);
}

function mergeTwo(one: BenchResult, other: BenchResult): BenchResult {
  refuseStranger(one, other);
  const taken = new Set(other.targets.map(({ label }) => label));
  const kept = <Row extends { readonly target: string }>(rows: readonly Row[]): Row[] =>
    rows.filter(({ target }) => !taken.has(target));
  const merged: BenchResult = {
    ...one,
    startedAt: [one.startedAt, other.startedAt].sort().at(0) ?? one.startedAt,
    endedAt: [one.endedAt, other.endedAt].sort().at(-1) ?? one.endedAt,
    targets: [...one.targets.filter(({ label }) => !taken.has(label)), ...other.targets],
    cases: { ...one.cases, ...other.cases },
    order: [...kept(one.order), ...other.order],
    samples: [...kept(one.samples), ...other.samples],
    skips: [...kept(one.skips), ...other.skips],
  };
  return { ...merged, ...extentOf(merged) };
}

/** Tells whether two runs are of one machine, kernel, Node and seed, so that they may become one. */
export function sameMachine(one: BenchResult, other: BenchResult): boolean {
  const machine = ({ seed, environment }: BenchResult): string =>
    JSON.stringify([seed, environment.kernel, environment.cpu, environment.memory.total, environment.node]);
  return machine(one) === machine(other);
}

function refuseStranger(one: BenchResult, other: BenchResult): void {
  if (sameMachine(one, other)) return;
  throw new TypeError(
    `The runs of ${one.startedAt} and ${other.startedAt} are of different machines, kernels or seeds.`,
  );
}

function extentOf({ targets, cases, samples, skips }: BenchResult): Pick<BenchResult, 'rounds' | 'complete'> {
  const rounds = new Map<string, Set<number>>();
  for (const { target, round } of samples) rounds.set(target, (rounds.get(target) ?? new Set()).add(round));
  const known = new Set([...samples, ...skips].map((row) => `${row.target}\n${row.case}`));
  const complete = targets.every(({ label }) => Object.keys(cases).every((id) => known.has(`${label}\n${id}`)));
  return { rounds: Math.max(1, Math.min(...[...rounds.values()].map((found) => found.size))), complete };
}
