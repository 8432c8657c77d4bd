import { type CallOptions, StorageError, throwIfAborted } from '@graphdriver/core';
import { isErrno, renameFile } from '@graphdriver/host';
import { recordPath, removingPath } from './book-layout.ts';
import { refuseParent } from './children.ts';
import { refuseHeld } from './holding.ts';
import { lockFiles } from './layer-locks.ts';
import { finishLeftovers, finishRemoval, removeFilesAndNote } from './leftovers.ts';
import { hasName } from './notes.ts';
import type { OpenRoot } from './open-root.ts';
import { quietly } from './quietly.ts';

/**
 * Removes a layer: its record goes by one rename, and then its files.
 *
 * From that rename on the layer is gone for everybody, so that what fails later is no failure of the call:
 * it is tried once more, and then by whoever makes a layer of the same id, and at the next opening of the root.
 *
 * Some file systems need free space for a rename, and none for removing. On those, when they are full, the record goes last:
 * what then fails is a failure of the call, which can be repeated, and after which the layer's files are no longer to be relied on.
 */
export async function removeLayer(root: OpenRoot, id: string, options: CallOptions): Promise<void> {
  using _lock = await lockFiles(root, id, options);
  const record = recordPath(root.layout, id);
  if (!hasName(record)) {
    await quietly(() => finishLeftovers(root, id));
    throw new StorageError('LAYER_NOT_FOUND', `There is no layer ${id}.`, { details: { id } });
  }
  await refuseParent(root, id);
  // Nobody will mount this layer again: what the dead have left open may live on detached.
  await refuseHeld(root, id, { detach: true });
  throwIfAborted(options.signal, `Removing the layer ${id}`);
  if (!tookAside(record, removingPath(root.layout, id))) return await removeFilesAndNote(root, id, record);
  const finished = await quietly(() => finishRemoval(root, id));
  if (!finished) await quietly(() => finishRemoval(root, id));
}

/** False where there is no space for it. */
function tookAside(record: string, aside: string): boolean {
  try {
    renameFile(record, aside);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOSPC', 'EDQUOT')) return false;
    throw error;
  }
}
