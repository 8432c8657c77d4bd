import { isStorageError } from '@graphdriver/core';

/**
 * Says in a line what went wrong first: where cleaning up failed after a failure, `await using` throws a `SuppressedError`
 * whose `suppressed` is the one that began it.
 */
export function firstFailure(error: unknown): string {
  let first = error;
  while (first instanceof Error && 'suppressed' in first && first.suppressed !== undefined) first = first.suppressed;
  if (isStorageError(first)) return `${first.code}: ${first.message}`;
  return first instanceof Error ? `${first.name}: ${first.message}` : String(first);
}
