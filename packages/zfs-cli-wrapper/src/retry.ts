import { setTimeout } from 'node:timers/promises';
import { isZfsError, ZfsError } from './zfs-error.ts';

/** How often and how patiently a command is repeated that failed because something was busy. */
export interface RetryPolicy {
  /** Tries in all; 1 for no repetition. */
  readonly attempts: number;
  /** Milliseconds before the second try; doubled before each further one. */
  readonly firstPause: number;
  /** Milliseconds that no pause exceeds. */
  readonly longestPause: number;
}

/** Eight tries within some three seconds: what ZFS itself still holds after an unmount is free within one. */
export const DEFAULT_RETRY: RetryPolicy = { attempts: 8, firstPause: 50, longestPause: 800 };

/** Never again. */
export const NO_RETRY: RetryPolicy = { attempts: 1, firstPause: 0, longestPause: 0 };

/**
 * Repeats `action` while it fails by `DATASET_BUSY` or `POOL_BUSY`. The error of the last try is thrown.
 *
 * @throws {ZfsError} `ABORTED` during a pause
 */
export async function retryBusy<T>(
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
  action: (attempt: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action(attempt);
    } catch (error) {
      if (attempt >= policy.attempts || !isZfsError(error, 'DATASET_BUSY', 'POOL_BUSY')) throw error;
      await pause(Math.min(policy.firstPause * 2 ** (attempt - 1), policy.longestPause), signal, error);
    }
  }
}

async function pause(milliseconds: number, signal: AbortSignal | undefined, busy: ZfsError): Promise<void> {
  try {
    await setTimeout(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch {
    throw new ZfsError('ABORTED', `Waiting for what is busy was aborted: ${busy.message}`, { cause: signal?.reason });
  }
}
