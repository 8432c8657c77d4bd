import { isStorageError, type StorageErrorCode } from '@graphdriver/core';

/** What `running` gives, or what `instead` does where it is refused with `code`. */
export async function insteadOf<T>(
  code: StorageErrorCode,
  running: Promise<T>,
  instead: () => T | Promise<T>,
): Promise<T> {
  return running.catch((error: unknown) => {
    if (!isStorageError(error, code)) throw error;
    return instead();
  });
}
