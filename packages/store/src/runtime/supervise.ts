import { PassThrough, type Readable, Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { LockFile } from '@graphdriver/host';
import { isStoreError, StoreError } from '../store-error.ts';
import { type AttendOptions, attend } from './attend.ts';
import { containerFiles } from './container-files.ts';
import { type ContainerState, MONITOR_LOCK, readContainerState, writeExited, writeRunning } from './container-state.ts';
import { JsonLog, type LogStream } from './json-log.ts';
import { aborted, launchContainer, type RunningContainer } from './launch.ts';
import { prepareContainer } from './prepare-container.ts';
import { readRunRecord } from './run-record.ts';
import { EXIT_CODES } from './runtime-failure.ts';
import { connectStreams, type ProcessStreams } from './streams.ts';

const PATIENCE = 10_000;
const POLL = 5;

/** What a supervisor does beside supervising. */
export interface SuperviseOptions extends AttendOptions {
  /** Somebody who reads and types; the log is written all the same. */
  readonly streams?: ProcessStreams;
  /** Called when the program runs. */
  readonly onRunning?: (state: ContainerState) => void;
  /** Called when it has ended, before that is written down and anybody who waits hears of it. */
  readonly onEnded?: (exitCode: number) => Promise<void>;
}

/**
 * Runs the container as its run record says and keeps its log and state. It ends with this process, however that ends.
 *
 * @throws {StoreError} `CONTAINER_RUNNING`; `RUNTIME_FAILED` where it could not be started, which is written down too; `ABORTED`
 */
export async function supervise(directory: string, options: SuperviseOptions): Promise<ContainerState> {
  const files = containerFiles(directory);
  const lock = LockFile.open(files.lock);
  try {
    await becomeMonitor(lock, directory);
    return await superviseLocked(directory, options);
  } finally {
    lock.close();
  }
}

/** The monitor of the last run may not have gone yet, although that run has ended; one of a run that has not ended will not go. */
async function becomeMonitor(lock: LockFile, directory: string): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while (lock.tryAcquire(MONITOR_LOCK) === undefined) {
    if (performance.now() > deadline || readContainerState(directory).status === 'running')
      throw new StoreError('CONTAINER_RUNNING', 'The container runs already.', { details: { directory } });
    await setTimeout(POLL);
  }
}

async function superviseLocked(directory: string, options: SuperviseOptions): Promise<ContainerState> {
  const files = containerFiles(directory);
  const { id, spec, runtime, log: limits, openStdin } = readRunRecord(files);
  const log = new JsonLog(files.log, limits);
  const outputs = [recorded(log, 'stdout', options.streams), recorded(log, 'stderr', options.streams)] as const;
  let state: ContainerState | undefined;
  try {
    const container = prepareContainer({ id, directory, spec, runtime });
    const stdin = options.streams === undefined ? openEnd(openStdin) : options.streams.stdin;
    const streams = { stdout: outputs[0], stderr: outputs[1], ...(stdin === undefined ? {} : { stdin }) };
    const connection = connectStreams(streams, spec.tty ?? false, windowOf(options.streams));
    const exitCode = await attend(async () => {
      const running = await launchContainer(container, connection, { signal: options.signal });
      await endingIt(running, () => {
        state = writeRunning(files, running.first);
        options.onRunning?.(state);
      });
      return running;
    }, options);
    await options.onEnded?.(exitCode);
    state = writeExited(files, state, { exitCode });
    if (options.signal?.aborted === true) throw aborted(options.signal);
    return state;
  } catch (error) {
    if (state === undefined) await neverRan(directory, error, options);
    throw error;
  } finally {
    await Promise.all(outputs.map(finished));
    log.close();
  }
}

/** Does what must be done for a container to go on; where that fails, it ends. */
async function endingIt(running: RunningContainer, action: () => void): Promise<void> {
  try {
    action();
  } catch (error) {
    running.signal('SIGKILL');
    await running.ended;
    throw error;
  }
}

async function neverRan(directory: string, error: unknown, options: SuperviseOptions): Promise<void> {
  const code = isStoreError(error, 'RUNTIME_FAILED') ? error.details['exitCode'] : undefined;
  const exitCode = typeof code === 'number' ? code : EXIT_CODES.runtimeFailed;
  await options.onEnded?.(exitCode);
  const message = error instanceof Error ? error.message : String(error);
  writeExited(containerFiles(directory), undefined, { exitCode, error: message });
}

/** An output that goes into the log, and to somebody who reads it. */
function recorded(log: JsonLog, name: LogStream, streams: ProcessStreams | undefined): Writable {
  const file = log.stream(name);
  if (streams === undefined) return file;
  const given = streams[name];
  const reader = given === 'inherit' ? process[name] : given;
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      file.write(chunk);
      if (reader.writable) reader.write(chunk, () => done());
      else done();
    },
    final(done) {
      file.end(() => done());
    },
  });
}

function finished(output: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (output.destroyed) resolve();
    else output.end(() => resolve());
  });
}

/** An input that nobody types into, and that does not end. */
function openEnd(isOpen: boolean): Readable | undefined {
  return isOpen ? new PassThrough() : undefined;
}

function windowOf(streams: ProcessStreams | undefined): Writable | undefined {
  return streams?.stdout === 'inherit' ? process.stdout : streams?.stdout;
}
