import type { Operation } from './bench-case.ts';
import type { BenchResult, SampleRecord } from './bench-result.ts';
import { type Summary, summarize } from './statistics.ts';

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
export function extraOverPlain(result: BenchResult, target: string, caseId: string): number[] {
  const plains = new Map<string, number>();
  const firsts: { key: string; nanoseconds: number }[] = [];
  for (const sample of samplesIn(result, target, caseId)) {
    const key = `${sample.round}/${sample.index}`;
    if (sample.operation === 'plain') plains.set(key, sample.nanoseconds);
    if (sample.operation === 'first') firsts.push({ key, nanoseconds: sample.nanoseconds });
  }
  return firsts.flatMap(({ key, nanoseconds }) => {
    const plain = plains.get(key);
    return plain === undefined ? [] : [nanoseconds - plain];
  });
}

/** All samples of one operation, in nanoseconds, in the order in which they were taken. */
export function samplesOf(result: BenchResult, target: string, caseId: string, operation: Operation): number[] {
  return samplesIn(result, target, caseId)
    .filter((sample) => sample.operation === operation)
    .map(({ nanoseconds }) => nanoseconds);
}

/** What a container took on the disk after an operation, in bytes; empty where that was not looked at. */
export function bytesAfter(result: BenchResult, target: string, caseId: string, operation: Operation): number[] {
  return samplesIn(result, target, caseId).flatMap((sample) =>
    sample.operation === operation && sample.bytes !== undefined ? [sample.bytes] : [],
  );
}

/** Median and interval of values of a result, or `undefined` where there are none. The result's seed decides the resampling. */
export function summarizeIn(result: BenchResult, values: readonly number[]): Summary | undefined {
  return values.length === 0 ? undefined : summarize(values, { seed: result.seed });
}
