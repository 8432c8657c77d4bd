import { StorageError } from '@graphdriver/core';
import { isErrno, toStorageError } from './errno.ts';
import { displayPath, type FilePath } from './file-path.ts';

/** A mount that stays because files in it are open: the caller can end that and try again. */
export function busyMount(target: FilePath, cause: unknown): StorageError {
  const path = displayPath(target);
  return new StorageError('LAYER_IN_USE', `${path} is in use and stays mounted.`, {
    hint: 'Close the files that are open in it, or end the processes whose current directory it is.',
    cause,
    details: { path },
  });
}

/** What became of a mount that failed: a kernel without the file system is a missing prerequisite. */
export function mountError(error: unknown, what: string, type: string): StorageError {
  if (!isErrno(error, 'ENODEV')) return toStorageError(error, what);
  return new StorageError('PREREQUISITE_MISSING', what, {
    hint: `This kernel does not have the file system ${type}: load its module, or use a kernel with it.`,
    cause: error,
  });
}
