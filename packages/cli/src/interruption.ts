/**
 * A signal that the first Ctrl-C (or SIGTERM) aborts, so that commands can undo what they began.
 * The second one ends the process at once.
 */
export function interruptionSignal(): AbortSignal {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new Error('interrupted'));
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return controller.signal;
}
