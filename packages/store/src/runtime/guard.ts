import { startProcess } from '@graphdriver/host';

// It reads a line, or notices that nobody is there any more who could write one.
const SCRIPT = 'remove=$1; shift; read -r line || { "$@"; [ -z "$remove" ] || rm -rf -- "$remove"; } >/dev/null 2>&1';

/** Waits beside this process for its end. */
export interface Guard {
  /** All is well: nothing is to be done any more. Resolves when the guard has gone. */
  dismiss(): Promise<void>;
}

/**
 * Runs a command, and removes a folder, when this process ends before it has dismissed the guard, also by SIGKILL.
 *
 * The guard is a shell of its own, which costs a millisecond and a megabyte.
 */
export function startGuard(command: readonly string[] = ['true'], remove = ''): Guard {
  const guard = startProcess('sh', ['-c', SCRIPT, 'sh', remove, ...command], {
    cwd: '/',
    stdout: 'ignore',
    stderr: 'ignore',
    detached: true,
  });
  guard.stdin?.on('error', () => undefined);
  return {
    async dismiss() {
      guard.stdin?.end('done\n');
      await guard.ended.catch(() => undefined);
    },
  };
}
