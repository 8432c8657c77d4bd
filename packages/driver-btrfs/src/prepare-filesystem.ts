import { readdirSync } from 'node:fs';
import { StorageError } from '@graphdriver/core';
import { storedSettings } from '@graphdriver/driver-kit';
import { enableSubvolumeQuotas, hasSubvolumeQuotas, isErrno, makeDirectory, toStorageError } from '@graphdriver/host';
import { BtrfsLayout } from './layout.ts';

/**
 * Refuses a root that has layers and no books: another program's, as Docker's driver has its layers in directories of the same names, or
 * our own, whose books are lost. A driver that opened it would take what lies there for its own.
 *
 * @throws {StorageError} `CORRUPT_ROOT`, `NEWER_FORMAT`, `PERMISSION_DENIED`, `SYSTEM_CALL_FAILED`
 */
export function refuseForeignLayers(layout: BtrfsLayout): void {
  const { root } = layout;
  // In this order: whoever is making the root at this moment writes its books before its first layer.
  const found = BtrfsLayout.rooms.flatMap((room) => entriesOf(layout.room(room)).map((name) => `${room}/${name}`));
  if (found.length === 0 || storedSettings(root) !== undefined) return;
  throw new StorageError('CORRUPT_ROOT', `${root} holds layers that this driver did not make, as ${found[0]}.`, {
    hint: 'Give the driver a directory of its own. If the layers are its own, bring the folder .graphdriver back from a copy.',
    details: { root, found: found.slice(0, 10) },
  });
}

function entriesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw toStorageError(error, `Could not look into ${directory}.`);
  }
}

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
