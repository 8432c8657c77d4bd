import { type Summary, summarize } from '../statistics.ts';
import type { RowRecord, RowsResult } from './rows-result.ts';

/** What came out of a row: whether it keeps its promise, informs, or could not be measured. */
export type Verdict = 'met' | 'missed' | 'information' | 'not measured';

/** A row with its numbers. */
export interface JudgedRow {
  readonly row: RowRecord;
  readonly verdict: Verdict;
  /** False where the target lies within the interval, so that another run may well say the opposite. */
  readonly sure: boolean;
  /** Of the ratios of the pairs, or of the values of an absolute row; `null` where it was not measured. */
  readonly summary: Summary | null;
  /** Median of each side in nanoseconds or bytes; `null` where there is none. */
  readonly ours: number | null;
  readonly theirs: number | null;
  /** Why it was not measured, as a sentence. */
  readonly reason: string | null;
}

/**
 * Judges every row by the median of its values, with its 95 % bootstrap interval.
 *
 * The values of a ratio are those of its pairs, each of which was taken within moments, so that what slows the machine down for a
 * while falls out; a pair that was hit in the middle is one value among many.
 */
export function judgeRows(result: RowsResult): readonly JudgedRow[] {
  return result.rows.map((row) => {
    const values = rowValues(result, row);
    const sides = { ours: medianOf(result, row, 'ours'), theirs: medianOf(result, row, 'theirs') };
    if (values.length === 0) {
      const skip = result.skips.find((candidate) => candidate.row === row.id);
      const reason = skip?.reason ?? 'The run ended before.';
      return { row, verdict: 'not measured', sure: true, summary: null, ...sides, reason };
    }
    const summary = summarize(values, { seed: result.seed });
    return { row, ...judge(summary, row.target), summary, ...sides, reason: null };
  });
}

/** The values that a row is judged by: a ratio per pair, or the samples of an absolute row. */
export function rowValues(result: RowsResult, row: RowRecord): number[] {
  const samples = result.samples.filter((sample) => sample.row === row.id);
  const ours = samples.filter(({ side }) => side === 'ours');
  if (row.theirs === null) return ours.map(({ value }) => value);
  const theirs = new Map(samples.filter(({ side }) => side === 'theirs').map(({ pair, value }) => [pair, value]));
  return ours.flatMap(({ pair, value }) => {
    const reference = theirs.get(pair);
    return reference === undefined ? [] : [value / reference];
  });
}

function judge(summary: Summary, target: number | null): Pick<JudgedRow, 'verdict' | 'sure'> {
  if (target === null) return { verdict: 'information', sure: true };
  const verdict = summary.median <= target ? 'met' : 'missed';
  return { verdict, sure: target < summary.low || target >= summary.high };
}

function medianOf(result: RowsResult, row: RowRecord, side: 'ours' | 'theirs'): number | null {
  const values = result.samples
    .filter((sample) => sample.row === row.id && sample.side === side)
    .map(({ value }) => value);
  return values.length === 0 ? null : summarize(values, { seed: result.seed, resamples: 1 }).median;
}
