import type { Notifier } from './notifier.ts';

/**
 * What the kernel and the server agreed on when the mount was made. Plain data: a process that takes a mount over is given it as JSON.
 */
export interface SessionParameters {
  /** The minor version of the protocol that both speak. */
  readonly minor: number;
  /** Bits of INIT that both want: sums of `INIT_FLAGS`. */
  readonly flags: number;
  /** What the kernel offered: tells which notifications it understands. */
  readonly offered: number;
  /** The largest write. */
  readonly maxWrite: number;
  /** How many file systems may lie below a backing file; 0: no passthrough. */
  readonly stackDepth: number;
}

/** The connection between a file system and its mount, while it lasts. */
export interface Session {
  readonly parameters: SessionParameters;
  /** Tells the kernel that what it remembers is wrong. */
  readonly notify: Notifier;
  /** Whether files can be handed to the kernel. */
  readonly passthrough: boolean;

  /**
   * Lets the kernel read and write the open file `fd` itself: the answer of `open` then names the id. The kernel keeps the file
   * open, `fd` may be closed. All opens of a node at a time must name the same id; its attributes stay the file system's affair.
   * The kernel writes with the privileges that the calling thread has now, whoever writes: set-id bits stay in what this process may
   * keep them in, and go where it is made to do without CAP_FSETID meanwhile. Needs CAP_SYS_ADMIN.
   *
   * @throws {Errno} ELOOP where the file lies on too many file systems, EOPNOTSUPP where it cannot be handed over, EPERM
   */
  openBacking(fd: number): number;
  /** Ends an id, once per `openBacking`. Open files that use it go on. */
  closeBacking(backingId: number): void;
}
