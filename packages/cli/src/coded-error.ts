import { isStorageError } from '@graphdriver/core';

/** An error with a code: one of a driver's, or one of a store's. */
export interface CodedError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Tells errors with codes by their names: the store is not loaded for it. */
export function isCodedError(error: unknown): error is CodedError {
  return isStorageError(error) || (error instanceof Error && error.name === 'StoreError');
}
