import { type BenchCase, caseId } from '../src/bench-case.ts';
import type { SampleRecord } from '../src/bench-result.ts';

/** A sample of round 0. */
export function sample(
  target: string,
  of: BenchCase,
  operation: SampleRecord['operation'],
  index: number,
  nanoseconds: number,
  more: Partial<SampleRecord> = {},
): SampleRecord {
  return { target, case: caseId(of), operation, round: 0, index, nanoseconds, ...more };
}

/** The first line of a table that begins with these words, its runs of spaces made one. */
export function lineOf(table: string, start: string): string | undefined {
  const lines = table.split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, ' | '));
  return lines.find((line) => line.startsWith(start));
}
