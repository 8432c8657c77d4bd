import { makeDirectory, removeTree } from '@graphdriver/host';

/** Makes the directory in which things are made before they are put into place, without what somebody who died was in the middle of making. */
export async function emptyWork(path: string): Promise<void> {
  await removeTree(path);
  makeDirectory(path, 0o700);
}
