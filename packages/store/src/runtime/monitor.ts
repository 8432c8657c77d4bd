import { writeSync } from 'node:fs';
import { isErrno } from '@graphdriver/host';
import { isStoreError } from '../store-error.ts';
import type { ContainerState } from './container-state.ts';
import { type SuperviseOptions, supervise } from './supervise.ts';

/** What a monitor says, on one line of its stdout, to the process that has started it. */
export type MonitorMessage =
  | { readonly state: ContainerState }
  | { readonly error: { readonly code: string; readonly message: string; readonly details: Record<string, unknown> } };

/**
 * The work of a monitor, the process that stands behind a detached container: its outputs are written to the log, its end to the
 * state. Signals are passed on to it. Resolves when the container has ended, or could not be started.
 *
 * For the program that `monitorCommand` names; it gets `directory` as its last argument.
 */
export async function runMonitor(directory: string, options: Pick<SuperviseOptions, 'onEnded'> = {}): Promise<void> {
  let isTold = false;
  const tell = (message: MonitorMessage): void => {
    if (!isTold) say(`${JSON.stringify(message)}\n`);
    isTold = true;
  };
  try {
    await supervise(directory, { ...options, passSignals: true, onRunning: (state) => tell({ state }) });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const known = isStoreError(error) ? { code: error.code, details: { ...error.details } } : { code: '', details: {} };
    tell({ error: { ...known, message } });
    process.exitCode = 1;
  }
}

/** Who has started the monitor may have ended since. */
function say(line: string): void {
  try {
    writeSync(1, line);
  } catch (error) {
    if (!isErrno(error, 'EPIPE')) throw error;
  }
}
