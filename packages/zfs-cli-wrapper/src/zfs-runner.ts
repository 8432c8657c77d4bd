/** The two commands of ZFS. */
export type CommandName = 'zfs' | 'zpool';

/** Options of {@link ZfsRunner.run}. */
export interface RunnerOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds; 0 for no limit. */
  readonly timeout: number;
}

/** How a command ended and what it said. */
export interface CommandResult {
  /** `undefined` where a signal ended it: zfs aborts itself on errors that it does not know. */
  readonly exitCode: number | undefined;
  readonly signal?: string;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command whose input or output is a stream of bytes. */
export interface RunningCommand {
  /** What it prints. It is throttled by its reader. */
  readonly stdout: AsyncIterable<Uint8Array>;
  /** Resolves when the command has ended; `stdout` here is empty, `stderr` holds the last lines. */
  readonly ended: Promise<CommandResult>;
  /** Ends it at once, with all that it has started. Repeating it does nothing. */
  kill(): void;
}

/**
 * What runs `zfs` and `zpool`: on this machine by {@link hostRunner}, elsewhere (over ssh, in a container, in a test) by your own.
 *
 * Arguments are passed as they are, without a shell, and the environment says `LC_ALL=C`, since messages are read.
 * No exit code is an error here.
 */
export interface ZfsRunner {
  /** @throws {ZfsError} `NOT_INSTALLED`, `TIMED_OUT`, `ABORTED` */
  run(command: CommandName, args: readonly string[], options: RunnerOptions): Promise<CommandResult>;
  /** Starts a command that reads `input`, or nothing. A missing command fails `ended` with `NOT_INSTALLED`. */
  start(command: CommandName, args: readonly string[], input?: AsyncIterable<Uint8Array>): RunningCommand;
}
