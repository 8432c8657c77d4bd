import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { StorageError, throwIfAborted } from '@graphdriver/core';
import { faultPoint } from './fault-point.ts';
import { killTree } from './kill-tree.ts';

/** Options of {@link run}. */
export interface RunOptions {
  /** Kills the command and what it has started, and fails with `ABORTED`. */
  readonly signal?: AbortSignal;
  /** Milliseconds until the same happens with `TIMED_OUT`. 30,000 unless told; 0 for no limit. */
  readonly timeout?: number;
  /** What the command reads; nothing unless told. */
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  /** Added to this process's environment. `LC_ALL` is `C`, so that messages can be read. */
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that are results and no failures; 0 unless told. */
  readonly okExitCodes?: readonly number[];
}

/** What a command said, as UTF-8 and untouched. */
export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

const KILL_AFTER = 1_000;

/**
 * Runs a command to its end. There is no shell: arguments are passed as they are. Takes some 4 ms.
 *
 * @throws {StorageError} `PREREQUISITE_MISSING` where there is no such command; `COMMAND_FAILED` with `details` command, args, exitCode,
 *   signal and stderr; `TIMED_OUT`; `ABORTED`
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  throwIfAborted(options.signal, `Running ${command}`);
  const { execa } = await import('execa');
  throwIfAborted(options.signal, `Running ${command}`);
  faultPoint(command);
  const child = execa(command, args, {
    reject: false,
    stripFinalNewline: false,
    env: { ...options.env, LC_ALL: 'C' },
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const watch = watchOver(child.pid, options);
  const result = await child;
  const ending = watch.stop();
  if (ending !== undefined) throw endedEarly(ending, command, args, options);
  const { exitCode, stdout, stderr } = result;
  if (exitCode !== undefined && (options.okExitCodes ?? [0]).includes(exitCode)) return { stdout, stderr, exitCode };
  const cwdExists = options.cwd === undefined || existsSync(options.cwd);
  if (result.code === 'ENOENT' && cwdExists) throw missing(command, result.cause);
  throw failed(command, args, { exitCode, signal: result.signal, stderr, cause: result.cause ?? result.shortMessage });
}

type Ending = 'ABORTED' | 'TIMED_OUT';

/** Ends the process when the signal or the clock says so, and knows afterwards which of them did. */
function watchOver(pid: number | undefined, options: RunOptions): { stop(): Ending | undefined } {
  let ending: Ending | undefined;
  const timers: NodeJS.Timeout[] = [];
  const end = (why: Ending): void => {
    if (ending !== undefined || pid === undefined) return;
    ending = why;
    killTree(pid, 'SIGTERM');
    timers.push(setTimeout(() => killTree(pid, 'SIGKILL'), KILL_AFTER));
  };
  const abort = (): void => end('ABORTED');
  const timeout = options.timeout ?? 30_000;
  if (timeout > 0) timers.push(setTimeout(() => end('TIMED_OUT'), timeout));
  options.signal?.addEventListener('abort', abort, { once: true });
  return {
    stop() {
      for (const timer of timers) clearTimeout(timer);
      options.signal?.removeEventListener('abort', abort);
      return ending;
    },
  };
}

function endedEarly(ending: Ending, command: string, args: readonly string[], options: RunOptions): StorageError {
  const details = { command, args };
  if (ending === 'ABORTED')
    return new StorageError('ABORTED', `${command} was aborted.`, { cause: options.signal?.reason, details });
  return new StorageError('TIMED_OUT', `${command} took longer than ${options.timeout ?? 30_000} ms and was ended.`, {
    details,
  });
}

/** @internal */
export function missing(command: string, cause: unknown): StorageError {
  return new StorageError('PREREQUISITE_MISSING', `There is no command ${command}.`, {
    hint: `Install the package that has ${command}, or put its directory into PATH.`,
    cause,
    details: { command },
  });
}

interface Failure {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly stderr: string;
  readonly cause?: unknown;
}

/** @internal */
export function failed(
  command: string,
  args: readonly string[],
  { exitCode, signal, stderr, cause }: Failure,
): StorageError {
  const how = exitCode === undefined ? `was ended by ${signal ?? 'an error'}` : `failed with exit code ${exitCode}`;
  const said = stderr.trim().split('\n').at(-1) ?? '';
  return new StorageError('COMMAND_FAILED', `${command} ${how}${said === '' ? '' : `: ${said}`}.`, {
    cause,
    details: { command, args, exitCode, signal, stderr },
  });
}

/** Tells whether `name` is an executable file in PATH. */
export function commandExists(name: string): boolean {
  return commandPath(name) !== undefined;
}

/** Where the command `name` lies: the first executable file of that name in PATH. A name with a slash is its own path. */
export function commandPath(name: string): string | undefined {
  const directories = name.includes('/') ? [''] : (process.env['PATH'] ?? '').split(delimiter);
  return directories
    .map((directory) => (directory === '' ? name : join(directory, name)))
    .find((path) => isExecutable(path));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
