import type { Ending } from '../ending.ts';

/** What the process of the cases is started with, as JSON in its one argument. */
export interface PosixOrder {
  /** Making what cases need, or making their calls. */
  readonly phase: 'stage' | 'run';
  /** Holds a directory for each case. */
  readonly directory: string;
  readonly ids: readonly string[];
}

/** One line from that process, for each case in turn. */
export interface PosixAnswer extends Ending {
  readonly id: string;
  /** Milliseconds. */
  readonly duration: number;
}
