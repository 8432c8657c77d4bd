import { type CallOptions, isStorageError } from '@graphdriver/core';
import type { HeldLock } from '@graphdriver/host';
import { type Books, lockBooks } from '../books.ts';
import type { Containers } from '../containers/containers.ts';
import { quietly } from '../quietly.ts';
import { readContainerState } from '../runtime/container-state.ts';
import { clearContainer } from '../runtime/stop-container.ts';

/** While a container runs behind a monitor its files are held by a lease of this name. */
export const RUN_HOLDER = 'run';

/**
 * Who holds the files of containers that run, and who lets go of them.
 *
 * The lease is taken under a container's lock, before its monitor is started. It is given back by the monitor, while the state still says that
 * the container runs, or under the lock by anybody who finds that it does not: so nobody gives back another run's lease.
 */
export class RunHold {
  readonly #books: Books;
  readonly #containers: Containers;

  constructor(books: Books, containers: Containers) {
    this.#books = books;
    this.#containers = containers;
  }

  /** Keeps others from starting, forking or removing the container. */
  async lock(id: string, options: CallOptions): Promise<HeldLock> {
    return await lockBooks(this.#books, `run:${id}`, options);
  }

  /** Clears away what a monitor that was killed, or had no store, has left of the last run. The lock is held. */
  async settle(id: string): Promise<void> {
    const { folder } = this.#containers.show(id);
    const { status } = readContainerState(folder);
    if (status === 'running') return;
    if (status === 'exited') await clearContainer(folder);
    const driverLayer = this.#books.containers.get(id)?.driverLayer;
    const holders = driverLayer === undefined ? [] : await this.#books.driver.holders(driverLayer);
    if (holders.some(({ name }) => name === RUN_HOLDER)) await this.release(id);
  }

  /** The same for a container that has just ended. What cannot be done now is done by the next call that concerns it. */
  async tidy(id: string): Promise<void> {
    await quietly(async () => {
      using _lock = await this.lock(id, {});
      await this.settle(id);
    });
  }

  /** Gives the lease back, if there is one. */
  async release(id: string): Promise<void> {
    try {
      await this.#containers.unmount(id, { holder: RUN_HOLDER });
    } catch (error) {
      if (!isStorageError(error, 'HOLDER_NOT_FOUND')) throw error;
    }
  }
}
