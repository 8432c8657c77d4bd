import { isStorageError, type StorageErrorCode } from '@graphdriver/core';

/** What the demonstration ends with. */
export const EXIT = { done: 0, failed: 1, usage: 2, notHere: 3, interrupted: 130 } as const;

const NOT_HERE: readonly StorageErrorCode[] = [
  'PREREQUISITE_MISSING',
  'UNSUITABLE_FILESYSTEM',
  'PERMISSION_DENIED',
  'UNSUPPORTED',
];

/** The exit code of a program that ends with `error`, or because of `signal`. */
export function exitCodeOf(error: unknown, signal: AbortSignal): number {
  if (signal.aborted) return EXIT.interrupted;
  return NOT_HERE.some((code) => isStorageError(error, code)) ? EXIT.notHere : EXIT.failed;
}

/** An error for people: what failed, and what to do about it in the last line. */
export function explain(error: unknown): string {
  if (isStorageError(error)) return `${error.message}${error.hint === undefined ? '' : `\n${error.hint}`}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
