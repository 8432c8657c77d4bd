import { isStorageError, type StorageErrorCode } from '@graphdriver/core';

/** What the program ends with. The numbers are API. */
export const EXIT = { done: 0, failed: 1, usage: 2, prerequisite: 3, notFound: 4, interrupted: 130 } as const;

const PREREQUISITE: ReadonlySet<StorageErrorCode> = new Set([
  'PREREQUISITE_MISSING',
  'UNSUITABLE_FILESYSTEM',
  'PERMISSION_DENIED',
  'UNSUPPORTED',
  'NEWER_FORMAT',
]);
const NOT_FOUND: ReadonlySet<StorageErrorCode> = new Set([
  'LAYER_NOT_FOUND',
  'PARENT_NOT_FOUND',
  'FILE_NOT_FOUND',
  'HOLDER_NOT_FOUND',
]);

/** The exit code that tells a script why a command failed. */
export function exitCodeFor(error: unknown): number {
  if (error instanceof TypeError) return EXIT.usage;
  if (!isStorageError(error)) return EXIT.failed;
  if (error.code === 'ABORTED') return EXIT.interrupted;
  if (NOT_FOUND.has(error.code)) return EXIT.notFound;
  return PREREQUISITE.has(error.code) ? EXIT.prerequisite : EXIT.failed;
}
