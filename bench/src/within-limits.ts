import { StorageError } from '@graphdriver/core';

/**
 * Settles as `work` does, or fails when `milliseconds` have passed or `signal` is aborted.
 * The work itself is not stopped: its late failure is ignored.
 *
 * @throws {StorageError} `TIMED_OUT`, `ABORTED`
 */
export function withinLimits<T>(work: Promise<T>, milliseconds: number, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void =>
      finish(() => reject(new StorageError('ABORTED', 'The measurement was aborted.', { cause: signal?.reason })));
    const timer = setTimeout(() => {
      finish(() =>
        reject(new StorageError('TIMED_OUT', `A measured operation had not ended after ${milliseconds} ms.`)),
      );
    }, milliseconds);
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      settle();
    };
    signal?.addEventListener('abort', abort, { once: true });
    work.then(
      (value) => finish(() => resolve(value)),
      (error: unknown) => finish(() => reject(error)),
    );
    if (signal?.aborted === true) abort();
  });
}
