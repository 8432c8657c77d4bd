import { lstatSync } from 'node:fs';
import { isErrno, removeDirectory, unlinkFile } from '@graphdriver/host';
import type { Overlay2Layout } from './layout.ts';

/**
 * Removes a layer in which nobody has written a file: one call for each of the few names that it has, and no look around.
 * False where there is more in it, or nothing of it: part of it may then be gone.
 */
export function removeBareLayer(layout: Overlay2Layout, id: string): boolean {
  const work = layout.work(id);
  try {
    for (const directory of [`${work}/work`, work, layout.diff(id)]) if (isThere(directory)) removeDirectory(directory);
    if (isThere(layout.lower(id))) unlinkFile(layout.lower(id));
    removeDirectory(layout.layer(id));
    return true;
  } catch (error) {
    if (isErrno(error)) return false;
    throw error;
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
