import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import {
  changeFileOwner,
  type ProcessEnd,
  type ProcessIdentity,
  processIdentity,
  type StartedProcess,
  sealDescriptors,
  signalProcess,
  startProcess,
} from '@graphdriver/host';
import { StoreError } from '../store-error.ts';
import { programComplaint } from './find-program.ts';
import { type Guard, startGuard } from './guard.ts';
import { makeMountPoints } from './mount-points.ts';
import type { PreparedContainer } from './prepare-container.ts';
import { removeRemains } from './remains.ts';
import { type RuntimeCommand, runtimeCommand, runtimeRemedy } from './runtime-command.ts';
import { notStarted, readComplaints } from './runtime-failure.ts';
import type { Connection } from './streams.ts';

/** A container whose program runs, or has run already. */
export interface RunningContainer {
  /** Its first process; `undefined` where that ended at once. */
  readonly first: ProcessIdentity | undefined;
  /** The exit code, 128 and the signal's number for an end by a signal. Everything is passed on and cleared away by then. */
  readonly ended: Promise<number>;
  /** Sends the first process a signal. False where it has ended. */
  signal(signal: NodeJS.Signals): boolean;
}

const POLL = 3;

/**
 * Starts a container and resolves when its program runs.
 *
 * It does not outlive this process: should that be killed, the kernel and a guard end the container and clear away what it had.
 *
 * @throws {StoreError} `RUNTIME_FAILED` with `details.exitCode` 125, 126 or 127, `ABORTED`; nothing is left then
 */
export async function launchContainer(
  container: PreparedContainer,
  connection: Connection,
  options: { readonly signal?: AbortSignal | undefined; readonly onDeathRemove?: string } = {},
): Promise<RunningContainer> {
  const guard = guardFor(container, options.onDeathRemove);
  try {
    await removeRemains(container.files, container.runtime);
    makeMountPoints(container.spec.rootfs, container.mounts, container.files.mountPoints);
    const command = runtimeCommand(container, connection);
    return await start(container, command, connection, guard, options.signal);
  } catch (error) {
    connection.handOver();
    connection.close();
    await removeRemains(container.files, container.runtime);
    await guard?.dismiss();
    throw error;
  }
}

function guardFor(container: PreparedContainer, remove: string | undefined): Guard | undefined {
  const remedy = runtimeRemedy(container);
  if (remedy === undefined && remove === undefined) return undefined;
  return startGuard(remedy, remove);
}

async function start(
  container: PreparedContainer,
  command: RuntimeCommand,
  connection: Connection,
  guard: Guard | undefined,
  signal: AbortSignal | undefined,
): Promise<RunningContainer> {
  readyForUser(container, connection);
  const child = startProcess(command.command, command.args, { ...connection.modes, cwd: '/', detached: true });
  connection.handOver();
  const abort = (): void => child.kill('SIGKILL');
  signal?.addEventListener('abort', abort, { once: true });
  // The set-up script is done before it is known whether there is such a program.
  const complaint = container.runtime === 'chroot' ? programComplaint(container) : undefined;
  const isStarted = (await startOrEnd(child, container.files.started)) && complaint === undefined;
  signal?.removeEventListener('abort', abort);
  if (!isStarted) {
    const end = await child.ended;
    await connection.drained();
    if (signal?.aborted === true) throw aborted(signal);
    throw notStarted(container.spec.args[0] ?? '', complaint ?? complaintsOf(container, end));
  }
  const first = child.pid === undefined ? undefined : command.first(child.pid);
  if (container.runtime !== 'chroot') connection.onResize(() => passWindowChange(child));
  return {
    first,
    ended: finish(container, child, connection, guard),
    signal: (name) => first !== undefined && signalProcess(first, name),
  };
}

/** What crun and runc do by themselves: nothing of the host is inherited, and the user can open `/dev/stdout`. */
function readyForUser({ runtime, process }: PreparedContainer, { owned }: Connection): void {
  if (runtime !== 'chroot') return;
  sealDescriptors();
  for (const fd of owned) changeFileOwner(fd, process.user.uid, process.user.gid);
}

async function finish(
  container: PreparedContainer,
  child: StartedProcess,
  connection: Connection,
  guard: Guard | undefined,
): Promise<number> {
  const end = await child.ended;
  // A runtime that was killed has left its container behind, which still has our pipes.
  await removeRemains(container.files, container.runtime);
  await connection.drained();
  connection.close();
  await guard?.dismiss();
  return exitCodeOf(end);
}

/** Tells whether the container was started; false where the runtime ended before that. */
async function startOrEnd(child: StartedProcess, marker: string): Promise<boolean> {
  let over = false;
  const ended = child.ended.finally(() => {
    over = true;
  });
  ended.catch(() => undefined);
  while (!existsSync(marker)) {
    if (over) {
      await ended;
      return existsSync(marker);
    }
    await setTimeout(POLL);
  }
  return true;
}

function complaintsOf(container: PreparedContainer, { exitCode, signal }: ProcessEnd): string {
  const said = readComplaints(container.files.runtimeLog);
  return said === '' ? `${container.runtime} ended with ${signal ?? `exit code ${exitCode}`}` : said;
}

/** The exit code as a shell tells it. */
export function exitCodeOf({ exitCode, signal }: ProcessEnd): number {
  return exitCode ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

/** crun and runc copy the size of their own terminal to the container's when they are told. @internal */
export function passWindowChange(child: StartedProcess): void {
  const runtime = child.pid === undefined ? undefined : processIdentity(child.pid);
  if (runtime !== undefined) signalProcess(runtime, 'SIGWINCH');
}

/** @internal */
export function aborted(signal: AbortSignal): StoreError {
  return new StoreError('ABORTED', 'Running a process was aborted.', { cause: signal.reason });
}
