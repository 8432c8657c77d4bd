/** What a row's values are. `times`: our time over theirs. */
export type RowUnit = 'times' | 'nanoseconds' | 'bytes';

/**
 * A promise of speed or size: what is measured, what it is measured against, and what it may come to at most.
 *
 * Most rows are ratios: our time over the time that a reference takes for the same work in the same minute, so that they hold on
 * fast machines as well as on slow ones. The others are absolute and have no reference.
 */
export interface Row {
  /** As in `overlay2/life`: the key of its samples in a result file. */
  readonly id: string;
  /** What is seen, in a few words: the heading of its line in tables and charts. */
  readonly title: string;
  readonly unit: RowUnit;
  /** At most this much, in the row's unit; `null` where the row only informs. */
  readonly target: number | null;
  /** What is measured, in a few words. */
  readonly ours: string;
  /** What it is compared with, in a few words; `null` for an absolute row. */
  readonly theirs: string | null;
  /** What exactly is compared, and why that is fair, in full sentences. */
  readonly why: string;
}

/** The side of a ratio that a sample belongs to; samples of absolute rows are all `ours`. */
export type RowSide = 'ours' | 'theirs';

/** A sample of a row before it is known of which. */
export interface RowReading {
  readonly side: RowSide;
  /** Counted from 0. The two samples of a pair were taken one right after the other. */
  readonly pair: number;
  /** Nanoseconds; bytes where that is the row's unit. */
  readonly value: number;
}
