import { constants } from 'node:fs';
import { StorageError } from '@graphdriver/core';
import { closeFile, filesystemOf, openFile, syncFilesystem, writeBytes } from '@graphdriver/host';

const DROP_CACHES = '/proc/sys/vm/drop_caches';

/** File systems with a cache of their own, of which the kernel's switch does not reach everything. */
const OWN_CACHES: ReadonlySet<string> = new Set(['zfs', 'fuse']);

/** Says why nothing can be measured cold in a directory, as a sentence, or `null` where it can. Changes nothing. */
export function coldCacheReason(directory: string): string | null {
  const { name } = filesystemOf(directory);
  if (OWN_CACHES.has(name)) return `${name} keeps a cache of its own, which cannot be emptied from outside.`;
  try {
    closeFile(openFile(DROP_CACHES, constants.O_WRONLY));
    return null;
  } catch {
    return `The kernel's caches cannot be emptied here: ${DROP_CACHES} cannot be written to.`;
  }
}

/**
 * Empties the kernel's caches: writes back what is dirty on the file system of `directory`, and then writes 3 into
 * /proc/sys/vm/drop_caches, which drops the page cache of all files, and all dentries and inodes that nobody uses.
 *
 * What stays is what is in use: mapped pages, such as those of this program; open files; and the root directories of mounted file
 * systems and of the layers that a mounted overlay is made of.
 * Takes milliseconds, or a second where gigabytes were cached, and slows down everybody on the machine.
 *
 * @throws {StorageError} `PERMISSION_DENIED`
 */
export async function dropCaches(directory: string): Promise<void> {
  await syncFilesystem(directory);
  try {
    const fd = openFile(DROP_CACHES, constants.O_WRONLY);
    try {
      writeBytes(fd, Buffer.from('3\n'));
    } finally {
      closeFile(fd);
    }
  } catch (error) {
    throw new StorageError('PERMISSION_DENIED', 'The kernel does not let its caches be emptied.', { cause: error });
  }
}
