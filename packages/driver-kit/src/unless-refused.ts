import { isStorageError } from '@graphdriver/core';

/** What a look at a root finds; `null` where a `StorageError` speaks against it, which is then said by whoever opens the root. */
export function unlessRefused<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    if (!isStorageError(error)) throw error;
    return null;
  }
}
