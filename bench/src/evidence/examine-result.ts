import { caseId, OPERATIONS } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';

/** What there is to say about a result whose fields are all as they should be. */
export interface ResultExamination {
  /** Sentences: what cannot be true. The result is of no use, or was changed by hand. */
  readonly faults: readonly string[];
  /** Sentences: what makes it worth less. */
  readonly remarks: readonly string[];
}

const RECOMMENDED_ROUNDS = 3;
/** More runnable processes than this per CPU: the benchmark had to share. */
const BUSY = 1;

/**
 * Looks for contradictions in a result that `parseResult` has read, and for what a reader should know before trusting it.
 *
 * For results of machines that we have never seen: it finds mistakes, and no forgeries.
 */
export function examineResult(result: BenchResult): ResultExamination {
  return {
    faults: [...timeFaults(result), ...orderFaults(result), ...sampleFaults(result), ...completenessFaults(result)],
    remarks: remarksOn(result),
  };
}

function timeFaults({ startedAt, endedAt, samples }: BenchResult): string[] {
  const lasted = Date.parse(endedAt) - Date.parse(startedAt);
  if (lasted < 0) return ['It ended before it began.'];
  // Starts overlap, and are part of the starts of all.
  const apart = samples.filter(({ operation }) => operation !== 'start');
  const measured = apart.reduce((sum, { nanoseconds }) => sum + nanoseconds, 0) / 1e6;
  return measured > lasted
    ? [
        `Its samples took ${(measured / 1000).toFixed(1)} s together, and all of it only ${(lasted / 1000).toFixed(1)} s.`,
      ]
    : [];
}

function orderFaults({ order, samples, targets }: BenchResult): string[] {
  const labels = targets.map(({ label }) => label);
  const twice = labels.find((label, index) => labels.indexOf(label) !== index);
  if (twice !== undefined) return [`There are two targets ${twice}.`];
  const ran = new Set(order.map(({ target, round }) => `round ${round} of ${target}`));
  const stray = samples.map(({ target, round }) => `round ${round} of ${target}`).find((name) => !ran.has(name));
  return stray === undefined ? [] : [`There are samples of ${stray}, which is not in the order.`];
}

/** Samples are counted from 0 in each round, once each, and those of a container come together. */
function sampleFaults({ samples, cases }: BenchResult): string[] {
  const counts = new Map<string, { seen: Set<number>; size: number }>();
  for (const { target, case: id, operation, round, index } of samples) {
    const of = cases[id];
    if (of !== undefined && !OPERATIONS[of.workload].includes(operation))
      return [`${id} has no operation ${operation}.`];
    const key = `${operation} of ${id} on ${target} in round ${round}`;
    const count = counts.get(key) ?? { seen: new Set<number>(), size: 0 };
    count.seen.add(index);
    count.size += 1;
    counts.set(key, count);
  }
  for (const [key, { seen, size }] of counts) {
    if (seen.size < size) return [`Two samples have one number: ${key}.`];
    if (Math.max(...seen) !== size - 1) return [`A sample is missing: ${key}.`];
    const plain = /^first of copy_up/.test(key) ? counts.get(key.replace('first', 'plain')) : undefined;
    if (plain !== undefined && plain.size !== size) return [`First writes without the plain ones beside them: ${key}.`];
  }
  return [];
}

function completenessFaults({ complete, targets, cases, samples, skips }: BenchResult): string[] {
  if (!complete) return [];
  const known = new Set([...samples, ...skips].map((row) => `${row.target}\n${row.case}`));
  const missing = targets.flatMap(({ label }) =>
    Object.values(cases)
      .filter((of) => !known.has(`${label}\n${caseId(of)}`))
      .map((of) => `${caseId(of)} on ${label}`),
  );
  return missing.length === 0
    ? []
    : [
        `It calls itself complete, and neither measures nor skips ${missing[0]}${missing.length > 1 ? ` and ${missing.length - 1} more` : ''}.`,
      ];
}

function remarksOn(result: BenchResult): string[] {
  const { environment, samples, targets, complete } = result;
  const rounds = new Map<string, Set<number>>();
  for (const { target, round } of samples) rounds.set(target, (rounds.get(target) ?? new Set()).add(round));
  const few = [...rounds].filter(([, seen]) => seen.size < RECOMMENDED_ROUNDS).map(([target]) => target);
  const busy = (environment.load[0] ?? 0) / Math.max(1, environment.cpu.count);
  const changed = [
    ...new Set((result.continued ?? []).flatMap(({ differences }) => differences.map(({ what }) => what))),
  ];
  const idle = targets.filter(({ label }) => !rounds.has(label)).map(({ label }) => label);
  return [
    ...(complete ? [] : ['The run was ended early.']),
    ...(samples.length === 0 ? ['Nothing was measured.'] : []),
    ...(few.length > 0
      ? [`Fewer than ${RECOMMENDED_ROUNDS} rounds: ${few.join(', ')}. Intervals then say nothing of the next process.`]
      : []),
    ...(idle.length > 0 ? [`Not measured at all: ${idle.join(', ')}.`] : []),
    ...(busy > BUSY
      ? [
          `The machine was busy when it began: a load of ${environment.load[0]?.toFixed(1)} on ${environment.cpu.count} CPUs.`,
        ]
      : []),
    ...(changed.length > 0 ? [`Rounds were added after a change of ${changed.join(', ')}.`] : []),
    ...(environment.commit === null ? ['It does not say which commit was measured.'] : []),
    ...(environment.commit?.endsWith('+') === true ? ['The commit that was measured had been changed.'] : []),
  ];
}
