import { endProgress, note } from './terminal.ts';

let interrupt: (() => void) | undefined;

/** Lets signals alone from now on: for a program in the foreground, to which they are passed on. */
export function leaveSignals(): void {
  if (interrupt === undefined) return;
  process.off('SIGINT', interrupt);
  process.off('SIGTERM', interrupt);
}

/**
 * A signal that the first Ctrl-C (or SIGTERM) aborts, so that commands can undo what they began.
 * The second one ends the process at once; what it leaves behind is healed when the root is next opened.
 */
export function interruptionSignal(): AbortSignal {
  const controller = new AbortController();
  interrupt = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new Error('interrupted'));
    if (process.stderr.isTTY !== true) return;
    endProgress();
    note('Stopping; Ctrl-C again ends at once.');
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return controller.signal;
}
