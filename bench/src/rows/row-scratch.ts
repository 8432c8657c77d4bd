import { randomBytes } from 'node:crypto';
import { createMounter, makeDirectory, mountsUnder, removeTree } from '@graphdriver/host';
import { guardScratch } from '../scratch-guard.ts';

/** A directory that is gone when it is disposed of, with whatever a failed row has left mounted in it. */
export interface RowScratch extends AsyncDisposable {
  readonly path: string;
}

/** Makes a folder of a new name in `directory`. It goes also when this process is killed, with all that is mounted in it. */
export function scratchIn(directory: string): RowScratch {
  const path = `${directory}/graphdriver-rows-${randomBytes(6).toString('hex')}`;
  makeDirectory(path);
  const guard = guardScratch(path);
  return {
    path,
    async [Symbol.asyncDispose]() {
      const mounter = createMounter();
      for (const { mountPoint } of mountsUnder(path).reverse()) {
        await mounter.unmount(Buffer.from(mountPoint, 'latin1'), { detach: true });
      }
      await removeTree(path);
      guard.end();
    },
  };
}
