import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { StorageError, throwIfAborted } from '@graphdriver/core';
import { isLockedByOther, lockOffset, tryLock, unlock } from './byte-lock.ts';
import { endTurn, tryTurn, waitTurn } from './turns.ts';

/** Locks that are held until released. */
export interface HeldLock extends Disposable {
  /** Gives them back. Repeating it does nothing. */
  release(): void;
}

/** Options of {@link LockFile.acquire}. */
export interface AcquireOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds to wait at most. No limit unless told. */
  readonly timeout?: number;
}

/**
 * Any number of named exclusive locks in one file, between threads of work in this process and between processes.
 *
 * The kernel releases what a process held when it ends, even by SIGKILL, so no lock is ever stale. Nothing is written to the file.
 * Inside a process the order is first come, first served; between processes whoever tries first. Locks are not reentrant: to
 * acquire a key twice waits for ever. A lock that is free costs 4 µs. The file must not lie on a network file system.
 */
export class LockFile {
  readonly #fd: number;
  readonly #file: string;
  readonly #held = new Set<HeldLock>();
  #closed = false;

  private constructor(fd: number) {
    this.#fd = fd;
    const { dev, ino } = fstatSync(fd, { bigint: true });
    this.#file = `${dev}:${ino}`;
  }

  /** Opens the file, and makes it where there is none. */
  static open(path: string): LockFile {
    return new LockFile(openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600));
  }

  /**
   * Waits until it has all of `keys`. They are taken in one order everywhere, so that two who want several never wait for each other.
   *
   * @throws {StorageError} `ABORTED`, `TIMED_OUT`; nothing is then held
   */
  async acquire(keys: readonly string[], options: AcquireOptions = {}): Promise<HeldLock> {
    throwIfAborted(options.signal, 'Waiting for a lock');
    const offsets = orderedOffsets(keys);
    const taken: bigint[] = [];
    let patience: Patience | undefined;
    try {
      for (const offset of offsets) {
        if (!this.#tryTake(offset)) {
          // Only who really waits pays for a timer.
          patience ??= waitingTime(options);
          await this.#take(offset, patience.signal);
        }
        taken.push(offset);
      }
    } catch (error) {
      this.#giveBack(taken);
      throw waitError(error, keys, options.signal, patience?.deadline);
    }
    return this.#hold(taken);
  }

  /** Takes one lock if it is free at this moment. */
  tryAcquire(key: string): HeldLock | undefined {
    const offset = lockOffset(key);
    return this.#tryTake(offset) ? this.#hold([offset]) : undefined;
  }

  /** Tells whether another opener of the file, in this process or another, holds `key`. What this object holds does not count. */
  isHeldElsewhere(key: string): boolean {
    return !this.#closed && isLockedByOther(this.#fd, lockOffset(key));
  }

  /** Releases everything and closes the file. */
  close(): void {
    if (this.#closed) return;
    for (const lock of [...this.#held]) lock.release();
    this.#closed = true;
    closeSync(this.#fd);
  }

  #tryTake(offset: bigint): boolean {
    const turn = this.#turn(offset);
    if (!tryTurn(turn)) return false;
    try {
      if (this.#tryKernel(offset)) return true;
    } catch (error) {
      endTurn(turn);
      throw error;
    }
    endTurn(turn);
    return false;
  }

  async #take(offset: bigint, signal: AbortSignal | undefined): Promise<void> {
    const turn = this.#turn(offset);
    await waitTurn(turn, signal);
    try {
      for (let attempt = 0; !this.#tryKernel(offset); attempt += 1) await pause(attempt, signal);
    } catch (error) {
      endTurn(turn);
      throw error;
    }
  }

  /** A closed descriptor's number may already be another file's. */
  #tryKernel(offset: bigint): boolean {
    if (this.#closed) throw new StorageError('CLOSED', 'The lock file was closed.');
    return tryLock(this.#fd, offset);
  }

  #turn(offset: bigint): string {
    return `${this.#file}:${offset}`;
  }

  #hold(offsets: readonly bigint[]): HeldLock {
    const release = (): void => {
      if (this.#held.delete(lock)) this.#giveBack(offsets);
    };
    const lock: HeldLock = { release, [Symbol.dispose]: release };
    this.#held.add(lock);
    return lock;
  }

  #giveBack(offsets: readonly bigint[]): void {
    for (const offset of offsets) {
      unlock(this.#fd, offset);
      endTurn(this.#turn(offset));
    }
  }
}

/** What ends the waiting: the caller's signal, the timeout, or either. */
interface Patience {
  readonly signal: AbortSignal | undefined;
  readonly deadline: AbortSignal | undefined;
}

function waitingTime({ signal, timeout }: AcquireOptions): Patience {
  if (timeout === undefined) return { signal, deadline: undefined };
  const deadline = AbortSignal.timeout(timeout);
  return { signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]), deadline };
}

function orderedOffsets(keys: readonly string[]): readonly bigint[] {
  if (keys.length === 1 && keys[0] !== undefined) return [lockOffset(keys[0])];
  return [...new Set(keys.map(lockOffset))].sort((a, b) => (a < b ? -1 : 1));
}

/** Another process has it, and nothing tells us when it lets go: ask again soon at first, then up to every 20 ms. */
async function pause(attempt: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  if (attempt < 4) await setImmediate();
  else
    await setTimeout(
      Math.min(2 ** Math.floor((attempt - 4) / 2), 20),
      undefined,
      signal === undefined ? {} : { signal },
    );
}

function waitError(
  error: unknown,
  keys: readonly string[],
  signal: AbortSignal | undefined,
  deadline: AbortSignal | undefined,
): unknown {
  const details = { keys };
  if (signal?.aborted === true)
    return new StorageError('ABORTED', 'Waiting for a lock was aborted.', { cause: signal.reason, details });
  if (deadline?.aborted !== true) return error;
  return new StorageError('TIMED_OUT', `The lock on ${keys.join(', ')} was not to be had in time.`, {
    hint: 'Another operation on the same layer is at work; try again later.',
    cause: error,
    details,
  });
}
