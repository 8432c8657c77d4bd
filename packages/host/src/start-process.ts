import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { isErrno, toStorageError } from './errno.ts';
import { faultPoint } from './fault-point.ts';
import { killTree } from './kill-tree.ts';
import { missing } from './run.ts';

/**
 * How a stream of a started process is connected; a number is a descriptor of this process, which stays open here.
 * `pipe` makes a pair of sockets, which a program cannot open anew as `/dev/stdout`: give one end of `openPipe` where that matters.
 */
export type StreamMode = 'pipe' | 'ignore' | 'inherit' | number;

/** Options of {@link startProcess}. */
export interface StartOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Each is a pipe unless told. */
  readonly stdin?: StreamMode;
  readonly stdout?: StreamMode;
  readonly stderr?: StreamMode;
  /** Open files that the process gets as its descriptors 3, 4 and so on. They stay open here. */
  readonly descriptors?: readonly number[];
  /** Leads a process group of its own: it outlives Ctrl-C at this process's terminal, and this process. */
  readonly detached?: boolean;
}

/** How a process ended: one of both is not null. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that runs beside this one. */
export interface StartedProcess {
  /** `undefined` where it could not be started; `ended` then fails. */
  readonly pid: number | undefined;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** Resolves when it has ended and its pipes are closed. @throws {StorageError} `PREREQUISITE_MISSING`, `PERMISSION_DENIED` */
  readonly ended: Promise<ProcessEnd>;
  /** Sends a signal to it and to what it has started: SIGTERM unless told. Ended already: nothing happens. */
  kill(signal?: NodeJS.Signals): void;
  /** This process no longer waits for it before it ends. Pipes keep it waiting for as long as they are open. */
  unref(): void;
}

/** Starts a command and lets it run. There is no shell: arguments are passed as they are. */
export function startProcess(command: string, args: readonly string[], options: StartOptions = {}): StartedProcess {
  faultPoint(command);
  const { cwd, env, stdin = 'pipe', stdout = 'pipe', stderr = 'pipe', descriptors = [], detached = false } = options;
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: [stdin, stdout, stderr, ...descriptors],
    detached,
    ...(cwd === undefined ? {} : { cwd }),
  });
  const ended = endOf(child, command);
  // Who never asks how it ended must not be ended by it.
  ended.catch(() => undefined);
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    ended,
    kill(signal = 'SIGTERM') {
      if (child.pid !== undefined && running()) killTree(child.pid, signal);
    },
    unref: () => child.unref(),
  };
}

function endOf(child: ChildProcess, command: string): Promise<ProcessEnd> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      reject(isErrno(error, 'ENOENT') ? missing(command, error) : toStorageError(error, `Could not start ${command}.`));
    });
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal }));
  });
}
