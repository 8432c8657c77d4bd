import type { CallOptions } from './call-options.ts';
import { failureOf } from './failure.ts';
import { ZfsError, type ZfsErrorCode } from './zfs-error.ts';
import type { CommandName, ZfsRunner } from './zfs-runner.ts';

/** So long a command is waited for that was ended: who aborts must get back also from a process that no signal reaches. */
const PATIENCE = 5_000;

/** A started command that the caller's signal and clock can end. */
export interface WatchedCommand {
  readonly stdout: AsyncIterable<Uint8Array>;
  /** Waits for its end. @throws {ZfsError} what it failed by, `ABORTED`, `TIMED_OUT` */
  finish(): Promise<void>;
  /** Ends it if it still runs. */
  stop(): void;
}

/** @internal */
export function watchedStart(
  runner: ZfsRunner,
  command: CommandName,
  args: readonly string[],
  { signal, timeout = 0 }: CallOptions,
  input?: AsyncIterable<Uint8Array>,
): WatchedCommand {
  const what = `${command} ${args[0] ?? ''}`;
  if (signal?.aborted === true) throw new ZfsError('ABORTED', `${what} was not started.`, { cause: signal.reason });
  const running = runner.start(command, args, input);
  const timers: NodeJS.Timeout[] = [];
  let ending: ZfsErrorCode | undefined;
  let giveUp: (result: undefined) => void = () => undefined;
  const overdue = new Promise<undefined>((resolve) => {
    giveUp = resolve;
  });
  const end = (why: ZfsErrorCode): void => {
    if (ending !== undefined) return;
    ending = why;
    running.kill();
    timers.push(setTimeout(() => giveUp(undefined), PATIENCE));
  };
  const abort = (): void => end('ABORTED');
  signal?.addEventListener('abort', abort, { once: true });
  if (timeout > 0) timers.push(setTimeout(() => end('TIMED_OUT'), timeout));
  return {
    stdout: untilEnded(running.stdout, () => ending !== undefined),
    async finish() {
      const result = await Promise.race([running.ended, overdue]);
      if (ending !== undefined || result === undefined)
        throw new ZfsError(ending ?? 'ABORTED', `${what} was ended before its end.`, {
          cause: signal?.reason,
          details: { command, args },
        });
      if (result.exitCode !== 0) throw failureOf(command, args, result);
    },
    stop() {
      for (const timer of timers) clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      running.kill();
    },
  };
}

/** A command that is being ended has its output closed, which is no failure of its own. */
async function* untilEnded(
  stdout: AsyncIterable<Uint8Array>,
  isEnding: () => boolean,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* stdout;
  } catch (error) {
    if (!isEnding()) throw error;
  }
}
