import type { Readable } from 'node:stream';
import { LockFile, type StartedProcess, startProcess } from '@graphdriver/host';
import { STORE_ERROR_CODES, StoreError, type StoreErrorCode } from '../store-error.ts';
import { containerFiles } from './container-files.ts';
import { type ContainerState, readContainerState } from './container-state.ts';
import type { LogLimits } from './json-log.ts';
import type { MonitorMessage } from './monitor.ts';
import type { ContainerRequest } from './prepare-container.ts';
import { removeRemains } from './remains.ts';
import { writeRunRecord } from './run-record.ts';
import { chooseRuntime } from './runtime-choice.ts';
import { type SuperviseOptions, supervise } from './supervise.ts';

/** A container that is to be started, for the first time or once more. */
export interface StartRequest extends ContainerRequest {
  /** Its stdin stays open although nobody types. */
  readonly openStdin?: boolean;
  readonly log?: LogLimits;
}

const START_LOCK = 'start';

/**
 * Starts a container behind a monitor of its own, which outlives this process, and resolves when its program runs.
 *
 * @throws {StoreError} `CONTAINER_RUNNING`; `RUNTIME_FAILED` with `details.exitCode` 125, 126 or 127
 */
export async function startDetached(request: StartRequest, monitorCommand: readonly string[]): Promise<ContainerState> {
  return await whileStarting(request, async () => {
    const [command = process.execPath, ...args] = monitorCommand;
    // Not in the caller's folder, which could otherwise not be unmounted.
    const monitor = startProcess(command, [...args, request.directory], { stdin: 'ignore', cwd: '/', detached: true });
    return await firstMessage(monitor);
  });
}

/**
 * Runs a container with this process as its monitor, from beginning to end: somebody sits before it.
 *
 * @throws {StoreError} `CONTAINER_RUNNING`, `RUNTIME_FAILED`, `ABORTED`
 */
export async function runAttached(request: StartRequest, options: SuperviseOptions): Promise<ContainerState> {
  await whileStarting(request, async () => undefined);
  return await supervise(request.directory, options);
}

/** Prepares the folder for a new run, while nobody else does. */
async function whileStarting<T>(request: StartRequest, start: () => Promise<T>): Promise<T> {
  const { directory, id, spec, openStdin = false, log = {} } = request;
  const files = containerFiles(directory);
  const lock = LockFile.open(files.lock);
  try {
    await lock.acquire([START_LOCK]);
    if (readContainerState(directory).status === 'running')
      throw new StoreError('CONTAINER_RUNNING', 'The container runs already.', { details: { id } });
    const runtime = chooseRuntime(request.runtime);
    await removeRemains(files, runtime);
    writeRunRecord(files, { id, spec, runtime, openStdin, log });
    return await start();
  } finally {
    lock.close();
  }
}

async function firstMessage(monitor: StartedProcess): Promise<ContainerState> {
  const complaints = collect(monitor.stderr);
  const line = await firstLine(monitor.stdout);
  if (line === undefined) {
    const { exitCode, signal } = await monitor.ended;
    throw new StoreError('RUNTIME_FAILED', `The monitor ended with ${signal ?? `exit code ${exitCode}`}.`, {
      details: { exitCode: 125, reason: complaints() },
    });
  }
  // From here on it is on its own, and this process may end before it.
  monitor.stdout?.destroy();
  monitor.stderr?.destroy();
  monitor.unref();
  const message = JSON.parse(line) as MonitorMessage; // A monitor writes nothing else.
  if ('state' in message) return message.state;
  const { code, message: text, details } = message.error;
  const known: StoreErrorCode = STORE_ERROR_CODES.find((one) => one === code) ?? 'RUNTIME_FAILED';
  throw new StoreError(known, text, { details });
}

function firstLine(stream: Readable | null): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    stream?.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
    stream?.once('close', () => resolve(undefined));
  });
}

function collect(stream: Readable | null): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (piece: string) => {
    text = (text + piece).slice(-4096);
  });
  return () => text.trim();
}
