import { StorageError, type StorageErrorCode } from '@graphdriver/core';
import { isErrno } from '@graphdriver/host';
import { hasName } from './notes.ts';
import type { OpenRoot } from './open-root.ts';

/** Failures that say nothing about what is in the root. */
const OF_THE_CALLER: readonly StorageErrorCode[] = ['ABORTED', 'TIMED_OUT', 'CLOSED'];

/**
 * The error, or a better one: where the file system of a root has been unmounted under the driver, every layer seems to be missing,
 * and who believes it forgets layers that are all there. Costs one look.
 */
export function unlessGone(root: OpenRoot, error: StorageError): StorageError {
  if (OF_THE_CALLER.includes(error.code) || isThere(root)) return error;
  return gone(root, error);
}

/** @throws {StorageError} `PREREQUISITE_MISSING` where the root is not there */
export function requireThere(root: OpenRoot): void {
  if (!isThere(root)) throw gone(root, undefined);
}

function isThere({ layout }: OpenRoot): boolean {
  try {
    return hasName(layout.format);
  } catch (error) {
    // What cannot be looked at is not known to be gone.
    if (isErrno(error)) return true;
    throw error;
  }
}

function gone({ layout }: OpenRoot, cause: unknown): StorageError {
  return new StorageError('PREREQUISITE_MISSING', `The root ${layout.root} is not there any more.`, {
    hint: 'Mount its file system again and open the root anew: the layers are where they were.',
    cause,
    details: { root: layout.root },
  });
}
