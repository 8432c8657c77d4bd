import { isStorageError, StorageError, type StorageErrorCode } from '@graphdriver/core';
import { isZfsError, type ZfsError, type ZfsErrorCode } from '@graphdriver/zfs-cli-wrapper';

/** What a failure of zfs means to somebody who keeps layers in it. What is not listed is `COMMAND_FAILED`. */
const CODES: Readonly<Partial<Record<ZfsErrorCode, StorageErrorCode>>> = {
  NOT_INSTALLED: 'PREREQUISITE_MISSING',
  NOT_RUNNING: 'PREREQUISITE_MISSING',
  POOL_NOT_FOUND: 'PREREQUISITE_MISSING',
  POOL_UNAVAILABLE: 'PREREQUISITE_MISSING',
  PERMISSION_DENIED: 'PERMISSION_DENIED',
  UNSUPPORTED: 'PREREQUISITE_MISSING',
  OUT_OF_SPACE: 'OUT_OF_SPACE',
  QUOTA_EXCEEDED: 'QUOTA_EXCEEDED',
  DATASET_BUSY: 'LAYER_IN_USE',
  POOL_BUSY: 'LAYER_IN_USE',
  HAS_HOLDS: 'LAYER_IN_USE',
  HAS_CLONES: 'LAYER_IN_USE',
  HAS_CHILDREN: 'LAYER_IN_USE',
  NEWER_SNAPSHOTS: 'LAYER_IN_USE',
  DATASET_NOT_FOUND: 'CORRUPT_LAYER',
  MOUNTPOINT_NOT_EMPTY: 'CORRUPT_LAYER',
  NOT_MOUNTABLE: 'CORRUPT_LAYER',
  PARENT_NOT_FOUND: 'CORRUPT_ROOT',
  READ_ONLY: 'UNSUITABLE_FILESYSTEM',
  TIMED_OUT: 'TIMED_OUT',
  ABORTED: 'ABORTED',
};

/** Makes the error that the contract speaks of from one of zfs. Any other passes through. */
export function storageFailure(error: unknown, what: string): unknown {
  if (!isZfsError(error)) return error;
  const { hint } = error;
  return new StorageError(CODES[error.code] ?? 'COMMAND_FAILED', `${what} ${error.message}`, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
    details: { ...error.details, zfs: error.code },
  });
}

/** Runs `work`, and says of what fails in it what was wanted. */
export async function asStorageError<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storageFailure(error, what);
  }
}

/** A pool that is not there hides its datasets: zfs calls each of them missing, which it is not. */
export function poolGone(pool: string, cause: ZfsError): StorageError {
  return new StorageError('PREREQUISITE_MISSING', `The pool ${pool}, which holds the layers, is not there.`, {
    hint: `Import it (zpool import ${pool}), or see why it is not (zpool status).`,
    cause,
    details: { pool },
  });
}

/** Why something failed, for the sentence of a check. */
export function reasonOf(error: unknown): { readonly why: string; readonly remedy: string | undefined } {
  if (isZfsError(error) || isStorageError(error)) return { why: error.message, remedy: error.hint };
  throw error;
}
