import { fileURLToPath } from 'node:url';
import { startProcess } from '@graphdriver/host';
import { machineLock } from './machine-lock.ts';
import { type ScratchRoot, scratchRoot } from './scratch-root.ts';

// The program lies in `dist`, also when this file runs from `src`.
const GUARD = fileURLToPath(new URL('../dist/fuse-guard.js', import.meta.url));
const PATIENCE = 90_000;

/** Options of {@link guardedRoot}. */
export interface GuardOptions {
  readonly prefix?: string;
  /** After how many milliseconds in which a mount always owes somebody an answer it is cut off. 90,000 unless told. */
  readonly patience?: number;
}

/**
 * A scratch root for FUSE mounts, with the machine lock, and a guard beside it: a process that cuts off a mount in it that answers nobody
 * any more, so that whoever waits for it fails instead of hanging for good.
 *
 * Disposing, or the death of this process however it comes, cuts and takes away every FUSE mount that is left in it. Costs the start of
 * a process, some 50 ms, which nothing waits for.
 */
export async function guardedRoot({
  prefix = 'graphdriver-',
  patience = PATIENCE,
}: GuardOptions = {}): Promise<ScratchRoot> {
  const lock = await machineLock();
  const scratch = await scratchRoot(prefix);
  const guard = startProcess(process.execPath, [GUARD, scratch.path, `${patience}`], {
    cwd: '/',
    stdout: 'ignore',
    stderr: 'inherit',
    // Ctrl-C ends the tests: then it has still something to do.
    detached: true,
  });
  guard.unref();
  return {
    path: scratch.path,
    async [Symbol.asyncDispose]() {
      guard.stdin?.end();
      await guard.ended;
      await scratch[Symbol.asyncDispose]();
      await lock[Symbol.asyncDispose]();
    },
  };
}
