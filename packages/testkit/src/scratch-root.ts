import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMounter, mountsUnder, removeTree } from '@graphdriver/host';

/** A directory that is gone after the test. */
export interface ScratchRoot extends AsyncDisposable {
  readonly path: string;
}

/**
 * Makes an empty directory in `parent`, which is the system's temporary one unless given.
 * Disposing takes away what is mounted in it, and then everything.
 */
export async function scratchRoot(prefix = 'graphdriver-', parent: string = tmpdir()): Promise<ScratchRoot> {
  const path = await mkdtemp(join(parent, prefix));
  return { path, [Symbol.asyncDispose]: () => removeWithMounts(path) };
}

/** Detaches every mount in a directory and removes it: what a failed test has left mounted must not fail the next one. */
export async function removeWithMounts(path: string): Promise<void> {
  const mounter = createMounter();
  for (const { mountPoint } of mountsUnder(path).reverse()) {
    await mounter.unmount(Buffer.from(mountPoint, 'latin1'), { detach: true });
  }
  await removeTree(path);
}
