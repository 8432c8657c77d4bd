import { StorageError } from '@graphdriver/core';

/** An `INVALID_ARCHIVE` error: `problem` is one sentence that names the member it is about. */
export function invalidArchive(problem: string, cause?: unknown): StorageError {
  return new StorageError('INVALID_ARCHIVE', problem, {
    hint: 'Make the archive again, or fetch it again: nothing of it was kept.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** A byte string made fit for a message: control characters and all that is not ASCII are escaped. */
export function shown(bytes: string): string {
  const text = bytes.length > 200 ? `${bytes.slice(0, 200)}…` : bytes;
  return JSON.stringify(text).replace(/[\u007f-\u00ff]/g, (char) => `\\x${char.charCodeAt(0).toString(16)}`);
}
