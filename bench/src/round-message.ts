import type { BenchCase } from './bench-case.ts';
import type { BenchTarget } from './bench-target.ts';
import type { CopyUpImageShape } from './copy-up-image.ts';
import type { Measured } from './workloads/stage.ts';

/** Cases that are measured on the same layers, in the order in which they are to be measured. */
export interface RoundWork {
  /** The layers of the grid's cases and those beside them; `null` for cases that bring their own. */
  readonly image: CopyUpImageShape | null;
  readonly cases: readonly { readonly case: BenchCase; readonly samples: number }[];
}

/** What a round's process is asked, as one line of JSON on its standard input. It gives up when its input ends. */
export interface RoundRequest {
  readonly target: Pick<BenchTarget, 'source' | 'mountWith' | 'settings' | 'volatile'>;
  /** The driver's root. */
  readonly root: string;
  /** An empty directory on the same file system. */
  readonly plain: string;
  readonly seed: number;
  /** Milliseconds for one sample. */
  readonly timeout: number;
  readonly work: readonly RoundWork[];
}

/** What a round's process says, each as one line of JSON on its standard output. */
export type RoundMessage =
  /** The layers of the work of this index are there, or could not be made. */
  | { readonly type: 'built'; readonly work: number }
  | { readonly type: 'measuring'; readonly case: string }
  | { readonly type: 'measured'; readonly case: string; readonly samples: readonly Measured[] }
  /** The case could not be measured. */
  | { readonly type: 'failed'; readonly case: string; readonly reason: string }
  /** All cases have been dealt with. */
  | { readonly type: 'finished' };

/** The message as a line to be written. */
export function formatMessage(message: RoundMessage): string {
  return `${JSON.stringify(message)}\n`;
}

/** A line as a message, or `undefined` for what somebody else has printed. */
export function parseMessage(line: string): RoundMessage | undefined {
  if (!line.startsWith('{"type":"')) return undefined;
  try {
    return JSON.parse(line) as RoundMessage; // Our own process wrote it, with formatMessage.
  } catch {
    return undefined;
  }
}
