import type { Operation } from './bench-case.ts';
import type { BenchResult, SampleRecord } from './bench-result.ts';
import { quantileInterval } from './evidence/quantile-interval.ts';
import type { Summary } from './statistics.ts';

/** Values by the round that took them, in the order in which they were taken: rounds are the observations. */
export type ValuesByRound = readonly (readonly number[])[];

/** Samples by target and case, of results that have been asked for any: tables ask thousands of times. */
const indexes = new WeakMap<readonly SampleRecord[], ReadonlyMap<string, readonly SampleRecord[]>>();

/** All samples of a case on a target, in the order in which they were taken. */
export function samplesIn(result: BenchResult, target: string, caseId: string): readonly SampleRecord[] {
  let index = indexes.get(result.samples);
  if (index === undefined) {
    const lists = new Map<string, SampleRecord[]>();
    for (const sample of result.samples) {
      const key = `${sample.target}\n${sample.case}`;
      const list = lists.get(key);
      if (list === undefined) lists.set(key, [sample]);
      else list.push(sample);
    }
    index = lists;
    indexes.set(result.samples, index);
  }
  return index.get(`${target}\n${caseId}`) ?? [];
}

/**
 * What the first write to a file costs beyond the same write in a plain directory, in nanoseconds: one value per container.
 *
 * The two writes of a value were made within milliseconds of each other, so that what slows the machine down slows both.
 */
export function extraByRound(result: BenchResult, target: string, caseId: string): ValuesByRound {
  return pairsByRound(result, target, caseId, (first, plain) => first - plain);
}

/** How many times as long something takes in a container as in a plain directory right before: one value per container. */
export function ratiosByRound(result: BenchResult, target: string, caseId: string): ValuesByRound {
  return pairsByRound(result, target, caseId, (first, plain) => (plain > 0 ? first / plain : undefined));
}

function pairsByRound(
  result: BenchResult,
  target: string,
  caseId: string,
  compare: (first: number, plain: number) => number | undefined,
): ValuesByRound {
  const plains = new Map<string, number>();
  const firsts: SampleRecord[] = [];
  for (const sample of samplesIn(result, target, caseId)) {
    if (sample.operation === 'plain') plains.set(`${sample.round}/${sample.index}`, sample.nanoseconds);
    if (sample.operation === 'first') firsts.push(sample);
  }
  return byRound(firsts, ({ round, index, nanoseconds }) => {
    const plain = plains.get(`${round}/${index}`);
    return plain === undefined ? undefined : compare(nanoseconds, plain);
  });
}

/** {@link extraByRound} without its rounds. */
export function extraOverPlain(result: BenchResult, target: string, caseId: string): number[] {
  return extraByRound(result, target, caseId).flat();
}

/** All samples of one operation, in nanoseconds. */
export function samplesByRound(
  result: BenchResult,
  target: string,
  caseId: string,
  operation: Operation,
): ValuesByRound {
  return byRound(samplesIn(result, target, caseId), (sample) =>
    sample.operation === operation ? sample.nanoseconds : undefined,
  );
}

/** {@link samplesByRound} without its rounds. */
export function samplesOf(result: BenchResult, target: string, caseId: string, operation: Operation): number[] {
  return samplesByRound(result, target, caseId, operation).flat();
}

/** What all operations on a container took together, in nanoseconds: one value per container. */
export function sumsByRound(result: BenchResult, target: string, caseId: string): ValuesByRound {
  const containers = new Map<string, SampleRecord>();
  for (const sample of samplesIn(result, target, caseId)) {
    const key = `${sample.round}/${sample.index}`;
    const before = containers.get(key)?.nanoseconds ?? 0;
    containers.set(key, { ...sample, nanoseconds: before + sample.nanoseconds });
  }
  return byRound([...containers.values()], ({ nanoseconds }) => nanoseconds);
}

/** What was counted in bytes beside the time of an operation. */
export type ByteQuantity = 'bytes' | 'allocated' | 'deviceBytes';

/** What a container took on the disk after an operation, in bytes, or another quantity; empty where that was not looked at. */
export function bytesByRound(
  result: BenchResult,
  target: string,
  caseId: string,
  operation: Operation,
  quantity: ByteQuantity = 'bytes',
): ValuesByRound {
  return byRound(samplesIn(result, target, caseId), (sample) =>
    sample.operation === operation ? sample[quantity] : undefined,
  );
}

/**
 * Median and interval of values of a result, or `undefined` where there are none. Rounds are drawn first, and samples within them,
 * or samples alone where there is one round. The result's seed decides the resampling.
 */
export function summarizeIn(result: BenchResult, values: ValuesByRound): Summary | undefined {
  const count = values.reduce((sum, { length }) => sum + length, 0);
  if (count === 0) return undefined;
  const { estimate, low, high } = quantileInterval(values, { seed: result.seed });
  return { count, median: estimate, low, high };
}

function byRound(samples: readonly SampleRecord[], value: (sample: SampleRecord) => number | undefined): number[][] {
  const rounds = new Map<number, number[]>();
  for (const sample of samples) {
    const found = value(sample);
    if (found === undefined) continue;
    const round = rounds.get(sample.round);
    if (round === undefined) rounds.set(sample.round, [found]);
    else round.push(found);
  }
  return [...rounds.values()];
}
