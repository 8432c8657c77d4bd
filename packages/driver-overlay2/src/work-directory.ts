import { isErrno, makeDirectory, removeDirectory, unlinkFile } from '@graphdriver/host';

/**
 * Makes a layer's work directory where it is missing, and takes away what a `volatile` mount left in it.
 *
 * After such a mount the kernel refuses the next one, lest anybody trusts data that was never synced; nobody is promised anything about
 * such data, so that the mark has nothing to say here.
 * Only that one mark is removed: another incompatible feature in the directory still makes the mount fail, as it should.
 */
export function prepareWork(work: string): void {
  if (ensureWork(work) === 'made') return;
  const incompat = `${work}/work/incompat`;
  ignoringMissing(() => unlinkFile(`${incompat}/volatile/dirty`));
  ignoringMissing(() => removeDirectory(`${incompat}/volatile`));
  ignoringMissing(() => removeDirectory(incompat));
}

/** Makes a layer's work directory where it is missing, and touches nothing in it. */
export function ensureWork(work: string): 'made' | 'found' {
  try {
    makeDirectory(work, 0o700);
    return 'made';
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return 'found';
    throw error;
  }
}

/** Removes a work directory that holds nothing but what the kernel made; after a `volatile` mount it holds more, and stays. */
export function removeWork(work: string): void {
  // Not there where the mount failed.
  ignoringMissing(() => removeDirectory(`${work}/work`));
  removeDirectory(work);
}

function ignoringMissing(remove: () => void): void {
  try {
    remove();
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw error;
  }
}
