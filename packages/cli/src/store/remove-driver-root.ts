import { isErrno, removeDirectory, removeTree } from '@graphdriver/host';
import type { MoveEnd } from '@graphdriver/store';

/**
 * Takes away what a driver that is closed now has left in a root which is no longer needed, and the root itself where nothing else is in
 * it. Layers are never touched: returns a sentence on what was left because of them, or because the system refused.
 */
export async function removeDriverRoot({ root, driver }: MoveEnd): Promise<string | null> {
  const { glanceAtLayers } = await import('@graphdriver/driver-kit');
  if (glanceAtLayers(driver.root).length > 0)
    return `${driver.root} is left: there are layers in it that were not moved.`;
  try {
    await removeTree(driver.root);
    removeIfEmpty(root);
    return null;
  } catch (error) {
    return `${driver.root} is left: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function removeIfEmpty(directory: string): void {
  try {
    removeDirectory(directory);
  } catch (error) {
    // A symbolic link, and what else is in the folder, is somebody else's.
    if (!isErrno(error, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'ENOENT', 'EBUSY')) throw error;
  }
}
