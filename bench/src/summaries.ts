import type { Operation } from './bench-case.ts';
import type { BenchResult } from './bench-result.ts';
import { type Summary, summarize } from './statistics.ts';

/**
 * What the first write to a file costs beyond the same write in a plain directory, in nanoseconds: one value per container.
 *
 * The two writes of a value were made within milliseconds of each other, so that what slows the machine down slows both.
 */
export function extraOverPlain(result: BenchResult, target: string, caseId: string): number[] {
  const plains = new Map<string, number>();
  const firsts: { key: string; nanoseconds: number }[] = [];
  for (const sample of result.samples) {
    if (sample.target !== target || sample.case !== caseId) continue;
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
  return result.samples
    .filter((sample) => sample.target === target && sample.case === caseId && sample.operation === operation)
    .map(({ nanoseconds }) => nanoseconds);
}

/** Median and interval of values of a result, or `undefined` where there are none. The result's seed decides the resampling. */
export function summarizeIn(result: BenchResult, values: readonly number[]): Summary | undefined {
  return values.length === 0 ? undefined : summarize(values, { seed: result.seed });
}
