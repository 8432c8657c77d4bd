import { setTimeout } from 'node:timers/promises';
import { signalProcess } from '@graphdriver/host';
import { refuseAborted, StoreError } from '../store-error.ts';
import { containerFiles } from './container-files.ts';
import { type ContainerState, firstProcess, readContainerState } from './container-state.ts';
import { removeRemains } from './remains.ts';
import { readRunRecord } from './run-record.ts';

/** Options of {@link stopContainer}. */
export interface StopOptions {
  /** What asks the program to end; SIGTERM unless told. */
  readonly stopSignal?: NodeJS.Signals | undefined;
  /** Milliseconds until it is killed; 10,000 unless told. */
  readonly timeout?: number | undefined;
  /** Ends the waiting, not the container. */
  readonly signal?: AbortSignal | undefined;
}

const POLL = 20;

/** Resolves when the container does not run; any number of processes can wait for one. @throws {StoreError} `ABORTED` */
export async function waitForContainer(directory: string, signal?: AbortSignal): Promise<ContainerState> {
  return (await waitUntil(directory, Number.POSITIVE_INFINITY, signal)) ?? readContainerState(directory);
}

/** Sends the container's first process a signal, SIGKILL unless told. @throws {StoreError} `CONTAINER_NOT_RUNNING` */
export function killContainer(directory: string, signal: NodeJS.Signals = 'SIGKILL'): void {
  const state = readContainerState(directory);
  const first = firstProcess(state);
  if (state.status !== 'running' || first === undefined || !signalProcess(first, signal))
    throw new StoreError('CONTAINER_NOT_RUNNING', 'The container does not run.', { details: { directory } });
}

/**
 * Asks the container's program to end, kills it after `timeout`, and resolves when it has ended. Nothing happens to one that does not
 * run. A program that is the first one of a process namespace and does not handle the signal does not get it, and so is killed.
 *
 * @throws {StoreError} `ABORTED`
 */
export async function stopContainer(directory: string, options: StopOptions = {}): Promise<ContainerState> {
  const { stopSignal = 'SIGTERM', timeout = 10_000, signal } = options;
  const state = readContainerState(directory);
  if (state.status !== 'running') return state;
  const first = firstProcess(state);
  if (first !== undefined) signalProcess(first, stopSignal);
  const ended = await waitUntil(directory, timeout, signal);
  if (ended === undefined && first !== undefined) signalProcess(first, 'SIGKILL');
  const last = ended ?? (await waitForContainer(directory, signal));
  await clearContainer(directory);
  return last;
}

/**
 * Clears away what the container's last run has left behind where its monitor could not. What is done already costs next to nothing.
 *
 * @throws {StoreError} `CONTAINER_RUNNING`
 */
export async function clearContainer(directory: string): Promise<void> {
  const { status } = readContainerState(directory);
  if (status === 'running')
    throw new StoreError('CONTAINER_RUNNING', 'The container still runs.', { details: { directory } });
  const files = containerFiles(directory);
  if (status === 'exited') await removeRemains(files, readRunRecord(files).runtime);
}

async function waitUntil(
  directory: string,
  timeout: number,
  signal: AbortSignal | undefined,
): Promise<ContainerState | undefined> {
  const deadline = performance.now() + timeout;
  for (;;) {
    refuseAborted(signal, 'Waiting for a container');
    const state = readContainerState(directory);
    if (state.status !== 'running') return state;
    if (performance.now() >= deadline) return undefined;
    await setTimeout(POLL, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}
