import { setTimeout } from 'node:timers/promises';
import type { RunningContainer } from './launch.ts';

/** What may end a process in the foreground before its time. */
export interface AttendOptions {
  /** Kills it. */
  readonly signal?: AbortSignal | undefined;
  /** Signals that this process gets are passed on, and do not end it: for a program whose work it is to run another. */
  readonly passSignals?: boolean | undefined;
}

/** A process that can be sent signals and ends some time. */
export type Attended = Pick<RunningContainer, 'ended' | 'signal'>;

const RETRY = 5;

const PASSED: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'];

/**
 * Starts a process, waits for its end, passing on what comes for it from the moment of the call, and returns its exit code.
 */
export async function attend(start: () => Promise<Attended>, options: AttendOptions): Promise<number> {
  const { signal, passSignals = false } = options;
  const early: NodeJS.Signals[] = [];
  let running: Attended | undefined;
  const pass = (name: NodeJS.Signals): void => {
    if (running === undefined) early.push(name);
    else running.signal(name);
  };
  const kill = (): void => {
    if (running !== undefined) killSurely(running);
  };
  const passed = passSignals ? PASSED : [];
  for (const name of passed) process.on(name, pass);
  signal?.addEventListener('abort', kill);
  try {
    running = await start();
    for (const name of early) running.signal(name);
    if (signal?.aborted === true) killSurely(running);
    return await running.ended;
  } finally {
    for (const name of passed) process.off(name, pass);
    signal?.removeEventListener('abort', kill);
  }
}

/** Kills what may have been started so lately that nobody knows its number yet. */
function killSurely(running: Attended): void {
  let isOver = false;
  const over = (): void => {
    isOver = true;
  };
  running.ended.then(over, over);
  const tryOn = async (): Promise<void> => {
    while (!running.signal('SIGKILL') && !isOver) await setTimeout(RETRY);
  };
  tryOn().catch(over);
}
