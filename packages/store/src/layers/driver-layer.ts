import { randomBytes } from 'node:crypto';
import { type CallOptions, isStorageError } from '@graphdriver/core';
import { type HeldLock, isErrno, syncFile, unlinkFile } from '@graphdriver/host';
import { type Books, lockBooks } from '../books.ts';
import { quietly } from '../quietly.ts';
import { assemblyPath } from '../store-layout.ts';
import { removeMark, writeMark } from './marks.ts';

/** The label by which a driver's layers tell whose they are. */
export const STORE_LABEL = 'graphdriver.store';

/** What a new driver layer is for. */
export interface NewDriverLayer extends CallOptions {
  /** Who will own it in the books, as in `container:…`. */
  readonly owner: string;
  /** The driver layer underneath, if there is to be one. */
  readonly parent?: string | null;
  /** The writable driver layer that it starts from, and whose parent it has. */
  readonly forkOf?: string;
}

/** A layer of the driver that no row of the books owns yet. Unless it is kept, disposing of it removes it. */
export class FreshLayer implements AsyncDisposable {
  readonly id: string;
  readonly #books: Books;
  readonly #lock: HeldLock;
  readonly #expected: Disposable;
  #made = false;
  #kept = false;

  private constructor(books: Books, id: string, lock: HeldLock) {
    this.#books = books;
    this.id = id;
    this.#lock = lock;
    this.#expected = books.metadata.expect();
  }

  /** Marks and makes a writable layer. */
  static async make(books: Books, { owner, parent = null, forkOf, signal }: NewDriverLayer): Promise<FreshLayer> {
    const id = randomBytes(16).toString('hex');
    const fresh = new FreshLayer(books, id, await books.locks.acquire([driverLayerLock(id)]));
    try {
      writeMark(books, id, owner);
      refuseDeparted(books);
      await books.driver.create(id, {
        labels: { [STORE_LABEL]: books.id },
        ...(parent === null ? {} : { parent }),
        ...(forkOf === undefined ? {} : { forkOf }),
        ...(signal === undefined ? {} : { signal }),
      });
      fresh.#made = true;
      return fresh;
    } catch (error) {
      await fresh[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Names another owner than the one that it was made for. */
  dedicate(owner: string): void {
    writeMark(this.#books, this.id, owner);
  }

  /** Commits it: its files and its assembly are durable then. Both are flushed at the same time. */
  async commit(): Promise<void> {
    const assembly = syncFile(assemblyPath(this.#books.layout, this.id));
    const [committed, synced] = await Promise.allSettled([this.#books.driver.commit(this.id), assembly]);
    if (committed.status === 'rejected') throw committed.reason;
    if (synced.status === 'rejected') throw synced.reason;
  }

  /** To be told when the row that owns it is in the books. */
  async keep(): Promise<void> {
    this.#kept = true;
    // A mark that stays says nothing any more: healing finds the row.
    await quietly(() => removeMark(this.#books, this.id));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (!this.#kept) await this.#discard();
    } finally {
      this.#expected[Symbol.dispose]();
      this.#lock.release();
    }
  }

  async #discard(): Promise<void> {
    this.#kept = true;
    const removed = await quietly(() => removeFiles(this.#books, this.id, { mayBeMissing: !this.#made }));
    if (removed) await quietly(() => removeMark(this.#books, this.id));
  }
}

/** How a driver layer is removed. */
interface Removal extends CallOptions {
  readonly owner: string;
  /** Takes its row out of the books. Called when the layer is gone. */
  readonly forget: () => Promise<void>;
}

/**
 * Removes a driver layer and then the row that owns it.
 *
 * When the driver refuses, everything is as before. From when the driver has removed it healing would finish the rest.
 */
export async function removeDriverLayer(books: Books, id: string, { owner, forget, signal }: Removal): Promise<void> {
  const call = signal === undefined ? {} : { signal };
  using _expected = books.metadata.expect();
  using _lock = await lockBooks(books, driverLayerLock(id), call);
  markIfPossible(books, id, owner);
  try {
    refuseDeparted(books);
    await removeFromDriver(books, id, { mayBeMissing: true, ...call });
  } catch (error) {
    await quietly(() => removeMark(books, id));
    throw error;
  }
  const isBare = await quietly(() => removeAssembly(books, id));
  await forget();
  if (isBare) await quietly(() => removeMark(books, id));
}

/**
 * Lets the driver alone where the store is leaving. The mark is there already: a move that begins after this sees it, and is refused.
 *
 * @throws {StoreError} `STORE_MOVED`
 */
function refuseDeparted({ metadata }: Books): void {
  metadata.refresh();
  metadata.refuseDeparted();
}

/** Removing is what helps where there is no room for a mark. */
function markIfPossible(books: Books, id: string, owner: string): void {
  try {
    writeMark(books, id, owner);
  } catch (error) {
    if (!isErrno(error, 'ENOSPC', 'EDQUOT')) throw error;
  }
}

/** The lock that says somebody is making or removing a driver layer. */
export function driverLayerLock(id: string): string {
  return `driver:${id}`;
}

/** Removes a driver layer with what the store keeps beside it. */
export async function removeFiles(
  books: Books,
  id: string,
  options: { readonly mayBeMissing: boolean },
): Promise<void> {
  await removeFromDriver(books, id, options);
  removeAssembly(books, id);
}

async function removeFromDriver(
  books: Books,
  id: string,
  { mayBeMissing, ...call }: CallOptions & { readonly mayBeMissing: boolean },
): Promise<void> {
  try {
    await books.driver.remove(id, call);
  } catch (error) {
    if (!mayBeMissing || !isStorageError(error, 'LAYER_NOT_FOUND')) throw error;
  }
}

function removeAssembly(books: Books, id: string): void {
  try {
    unlinkFile(assemblyPath(books.layout, id));
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}
