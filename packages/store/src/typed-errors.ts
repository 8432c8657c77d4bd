import { isStorageError } from '@graphdriver/core';
import { isErrno, toStorageError } from '@graphdriver/host';
import { isStoreError } from './store-error.ts';

/**
 * Carries out `action` such that what the system refuses comes out as the `StorageError` that it is. `what` is a sentence.
 * Errors with a code of ours, and those of callbacks, pass unchanged.
 */
export async function typedErrors<T>(
  what: string,
  { signal }: { readonly signal?: AbortSignal },
  action: () => T | Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (isStoreError(error) || isStorageError(error)) throw error;
    const isAbort = signal?.aborted === true && (error === signal.reason || isNamedAbort(error));
    throw isErrno(error) || isAbort ? toStorageError(error, what, signal) : error;
  }
}

function isNamedAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
