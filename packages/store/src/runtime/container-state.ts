import { statSync } from 'node:fs';
import { isRunning, LockFile, type ProcessIdentity, writeFileAtomicSync } from '@graphdriver/host';
import { isStoreError } from '../store-error.ts';
import { type ContainerFiles, containerFiles } from './container-files.ts';
import { isNumber, isString, nullOr, oneOf, readRecord, type Shape } from './record-shape.ts';

/** How it stands with a container's process. */
export interface ContainerState {
  readonly status: 'created' | 'running' | 'exited';
  /** The container's first process. With `pidStart` and `boot` it cannot be mistaken for another one. */
  readonly pid: number | null;
  readonly pidStart: string | null;
  readonly boot: string | null;
  /** `null` until it has ended, and where nobody saw how: its monitor was killed with it, or the machine stopped. */
  readonly exitCode: number | null;
  /** As `2026-01-31T12:00:00.000Z`. */
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** Why it could not be started the last time. */
  readonly error: string | null;
}

const SHAPE: Shape<ContainerState> = {
  status: oneOf('created', 'running', 'exited'),
  pid: nullOr(isNumber),
  pidStart: nullOr(isString),
  boot: nullOr(isString),
  exitCode: nullOr(isNumber),
  startedAt: nullOr(isString),
  finishedAt: nullOr(isString),
  error: nullOr(isString),
};

/** The lock that a monitor holds for as long as it lives. @internal */
export const MONITOR_LOCK = 'monitor';

const CREATED: ContainerState = {
  status: 'created',
  pid: null,
  pidStart: null,
  boot: null,
  exitCode: null,
  startedAt: null,
  finishedAt: null,
  error: null,
};

/**
 * How it stands with the container whose run is kept in `directory`: `created` where there is none.
 *
 * What was written down is not believed: `running` only where the monitor lives or the very process does. 50 µs.
 *
 * @throws {StoreError} `CORRUPT_STORE`
 */
export function readContainerState(directory: string): ContainerState {
  const files = containerFiles(directory);
  const state = readState(files);
  if (state.status !== 'running' || isMonitored(files)) return state;
  const first = firstProcess(state);
  if (first !== undefined && isRunning(first)) return state;
  // A monitor writes down the end before it goes.
  const last = readState(files);
  return last.status === 'running' ? { ...last, status: 'exited', exitCode: null } : last;
}

/** The container's first process, if one is known. */
export function firstProcess({ pid, pidStart, boot }: ContainerState): ProcessIdentity | undefined {
  return pid === null || pidStart === null || boot === null ? undefined : { pid, start: pidStart, boot };
}

/** Writes down that the program runs. @internal */
export function writeRunning(files: ContainerFiles, first: ProcessIdentity | undefined): ContainerState {
  return write(files, {
    ...CREATED,
    status: 'running',
    pid: first?.pid ?? null,
    pidStart: first?.start ?? null,
    boot: first?.boot ?? null,
    startedAt: new Date().toISOString(),
  });
}

/** Writes down how it ended. @internal */
export function writeExited(
  files: ContainerFiles,
  before: ContainerState | undefined,
  { exitCode, error = null }: { readonly exitCode: number; readonly error?: string | null },
): ContainerState {
  return write(files, {
    ...(before ?? CREATED),
    status: 'exited',
    exitCode,
    error,
    finishedAt: new Date().toISOString(),
  });
}

function write(files: ContainerFiles, state: ContainerState): ContainerState {
  writeFileAtomicSync(files.state, JSON.stringify(state));
  return state;
}

function readState({ state }: ContainerFiles): ContainerState {
  try {
    return readRecord<ContainerState>(state, SHAPE) ?? CREATED;
  } catch (error) {
    // It is not flushed to the disk: after a loss of power there may be an empty file, and nothing runs any more.
    if (isStoreError(error, 'CORRUPT_STORE') && statSync(state).size === 0) return { ...CREATED, status: 'exited' };
    throw error;
  }
}

function isMonitored(files: ContainerFiles): boolean {
  const lock = LockFile.open(files.lock);
  try {
    return lock.isHeldElsewhere(MONITOR_LOCK);
  } finally {
    lock.close();
  }
}
