/**
 * One sentence of the manual pages about a system call, and how to see whether a file system keeps it.
 *
 * Both functions run as root, with an empty umask, in a directory of the case's own that is the current one: names are relative.
 * They may wait, which nothing else does meanwhile. What was staged may have come to lie in a lower layer before `run`.
 */
export interface PosixCase {
  /** Stable, `call/words-with-dashes`, as in `rename/onto-itself`. */
  readonly id: string;
  /** The sentence that is true of a right file system. */
  readonly title: string;
  /** Makes what has to be there. */
  readonly stage?: () => void;
  /** Makes the call, and fails by an assertion. */
  readonly run: () => void;
}
