import { enableSubvolumeQuotas, hasSubvolumeQuotas, isErrno, makeDirectory, toStorageError } from '@graphdriver/host';
import { BtrfsLayout } from './layout.ts';

/** Makes the directories that hold the layers. @throws {StorageError} `PERMISSION_DENIED`, `OUT_OF_SPACE`, `SYSTEM_CALL_FAILED` */
export function prepareRooms(layout: BtrfsLayout): void {
  try {
    for (const room of BtrfsLayout.rooms) ensureDirectory(layout.room(room));
  } catch (error) {
    throw toStorageError(error, `Could not make the directories of layers in ${layout.root}.`);
  }
}

/** Switches quotas on for the whole file system, unless they are. @throws {StorageError} `PERMISSION_DENIED`, `SYSTEM_CALL_FAILED` */
export async function prepareQuotas(layout: BtrfsLayout): Promise<void> {
  try {
    if (!hasSubvolumeQuotas(layout.root)) await enableSubvolumeQuotas(layout.root);
  } catch (error) {
    throw toStorageError(error, `Could not switch on quotas on the file system of ${layout.root}.`);
  }
}

// Passable, as the root is: whoever may pass through it may get to what is mounted in it.
function ensureDirectory(path: string): void {
  try {
    makeDirectory(path, 0o711);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
}
