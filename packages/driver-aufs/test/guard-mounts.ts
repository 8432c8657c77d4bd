import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Sees to it that a mount under `directory` that answers nobody any more is cut off after a minute and a half: whoever waits for it
 * then fails. In a process of its own, for this one may be waiting, too; it ends with this one.
 */
export function guardMounts(directory: string): Disposable {
  const program = fileURLToPath(new URL('./fuse-guard.mjs', import.meta.url));
  const guard = spawn(process.execPath, [program, directory], { stdio: ['pipe', 'ignore', 'inherit'] });
  guard.unref();
  return {
    [Symbol.dispose]() {
      guard.stdin.end();
    },
  };
}
