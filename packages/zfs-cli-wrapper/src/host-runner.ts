import { pipeline } from 'node:stream/promises';
import { isStorageError } from '@graphdriver/core';
import { run, type StartedProcess, startProcess } from '@graphdriver/host';
import { ZfsError, type ZfsErrorCode } from './zfs-error.ts';
import type { CommandName, CommandResult, RunnerOptions, RunningCommand, ZfsRunner } from './zfs-runner.ts';

const ANY_EXIT_CODE: readonly number[] = Array.from({ length: 256 }, (_, code) => code);
const STDERR_KEPT = 16_384;
const GRACE = 1_000;

/** The runner of this machine. Takes a command from PATH, or from where distributions put it. */
export function hostRunner(): ZfsRunner {
  return { run: runHere, start: startHere };
}

/** Ordinary users' PATH often lacks the directories of administration, and a query needs no root. */
function environment(): Record<string, string> {
  return { PATH: `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`, LC_ALL: 'C' };
}

async function runHere(command: CommandName, args: readonly string[], options: RunnerOptions): Promise<CommandResult> {
  const { signal, timeout } = options;
  try {
    return await run(command, args, {
      timeout,
      env: environment(),
      okExitCodes: ANY_EXIT_CODE,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    const killed = signalResult(error);
    if (killed !== undefined) return killed;
    throw zfsError(error, command, args);
  }
}

/** A command that died of a signal, such as zfs's own abort(), is a result like any other. */
function signalResult(error: unknown): CommandResult | undefined {
  if (!isStorageError(error, 'COMMAND_FAILED')) return undefined;
  const { signal, stderr } = error.details;
  if (typeof signal !== 'string' || typeof stderr !== 'string') return undefined;
  return { exitCode: undefined, signal, stdout: '', stderr };
}

function startHere(command: CommandName, args: readonly string[], input?: AsyncIterable<Uint8Array>): RunningCommand {
  const child = startProcess(command, args, { env: environment(), stdin: input === undefined ? 'ignore' : 'pipe' });
  const stderr = lastOf(child);
  const fault = input === undefined ? () => undefined : feed(child, input);
  const ended = endOf(child, command, args, stderr, fault);
  ended.catch(() => undefined); // Who stops reading early does not ask how it ended.
  return {
    stdout: (child.stdout ?? []) as AsyncIterable<Uint8Array>, // A stream without an encoding yields buffers.
    ended,
    kill: () => stop(child),
  };
}

/**
 * Ends a command by closing its streams, and kills it if it does not see that.
 *
 * Where its output is no FIFO, `zfs send` of OpenZFS passes it through a FIFO of its own, with a thread at the reading end. A SIGKILL
 * that meets the kernel writing into that can leave the process asleep for ever (seen with 2.3.2); a reader that is gone cannot.
 */
function stop(child: StartedProcess): void {
  child.stdin?.destroy();
  child.stdout?.destroy();
  const killing = setTimeout(() => child.kill('SIGKILL'), GRACE);
  child.ended.catch(() => undefined).finally(() => clearTimeout(killing));
}

async function endOf(
  child: StartedProcess,
  command: CommandName,
  args: readonly string[],
  stderr: () => string,
  fault: () => { readonly error: unknown } | undefined,
): Promise<CommandResult> {
  try {
    const { exitCode, signal } = await child.ended;
    // The feeding is not awaited: a command that ended early must not wait for a source that has nothing to give.
    child.stdin?.destroy();
    const failed = fault();
    if (failed !== undefined) throw failed.error;
    return { exitCode: exitCode ?? undefined, ...(signal === null ? {} : { signal }), stdout: '', stderr: stderr() };
  } catch (error) {
    throw zfsError(error, command, args);
  }
}

/** Feeds the command. A source that fails kills it and is reported; a command that stops reading says why by its exit code. */
function feed(child: StartedProcess, input: AsyncIterable<Uint8Array>): () => { readonly error: unknown } | undefined {
  let failed: { readonly error: unknown } | undefined;
  const watched = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* input;
    } catch (error) {
      failed = { error };
      throw error;
    }
  };
  if (child.stdin !== null)
    pipeline(watched, child.stdin).catch(() => {
      if (failed !== undefined) child.kill('SIGKILL');
    });
  return () => failed;
}

function lastOf(child: StartedProcess): () => string {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    text = (text + piece).slice(-STDERR_KEPT);
  });
  return () => text;
}

const CODES: Readonly<Record<string, ZfsErrorCode>> = {
  PREREQUISITE_MISSING: 'NOT_INSTALLED',
  PERMISSION_DENIED: 'PERMISSION_DENIED',
  TIMED_OUT: 'TIMED_OUT',
  ABORTED: 'ABORTED',
};

/** What the machine says of a process, in the words of this package. What is no fault of the machine passes through. */
function zfsError(error: unknown, command: CommandName, args: readonly string[]): unknown {
  if (!isStorageError(error)) return error;
  return new ZfsError(CODES[error.code] ?? 'COMMAND_FAILED', error.message, {
    cause: error,
    details: { command, args },
    ...(error.code === 'PREREQUISITE_MISSING'
      ? { hint: 'Install ZFS: zfsutils-linux with its kernel module, or zfs-fuse.' }
      : {}),
  });
}
