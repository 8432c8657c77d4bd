import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LockFile } from '@graphdriver/host';

/**
 * Waits until no other test on this machine mounts, uses loop devices or runs daemons, and keeps them out until disposed of.
 * The kernel lets go of it when the test process ends.
 *
 * @throws {StorageError} `TIMED_OUT` after `timeout` milliseconds; there is no limit unless given
 */
export async function machineLock(options: { readonly timeout?: number } = {}): Promise<AsyncDisposable> {
  const file = LockFile.open(join(tmpdir(), 'graphdriver-tests.lock'));
  try {
    await file.acquire(['machine'], options);
  } catch (error) {
    file.close();
    throw error;
  }
  return {
    async [Symbol.asyncDispose]() {
      file.close();
    },
  };
}
