import { randomBytes } from 'node:crypto';
import type { HeldLock } from '@graphdriver/host';
import type { Books } from '../books.ts';
import { quietly } from '../quietly.ts';
import { holdLayer, unholdLayer } from './layer-holds.ts';
import type { LayerKey } from './layer-row.ts';
import { releaseLayer } from './release-layer.ts';

/**
 * Something under way that needs layers which nobody else may need yet: a load, an import, a build.
 *
 * What it holds cannot be removed by others. When it ends, whatever nobody else uses by then is removed; if its process is killed,
 * the next opening of the store does that.
 */
export class Work implements AsyncDisposable {
  readonly id: string;
  readonly #books: Books;
  readonly #lock: HeldLock;

  private constructor(books: Books, id: string, lock: HeldLock) {
    this.#books = books;
    this.id = id;
    this.#lock = lock;
  }

  static async begin(books: Books): Promise<Work> {
    const id = randomBytes(8).toString('hex');
    return new Work(books, id, await books.locks.acquire([workLock(id)]));
  }

  /** Keeps a layer from being removed. Inside of a change that has seen its row. */
  hold(key: LayerKey): void {
    holdLayer(this.#books, this.id, key);
  }

  /** Lets go of a layer that something in the books keeps by now. Inside of the change that puts it there. */
  pass(key: LayerKey): void {
    unholdLayer(this.#books, this.id, key);
  }

  /** Lets go of everything. What cannot be removed now is tried again when the store is next opened. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await quietly(() => endWork(this.#books, this.id));
    } finally {
      this.#lock.release();
    }
  }
}

/** The lock that says that a work is still under way. */
export function workLock(id: string): string {
  return `work:${id}`;
}

/** The works in the books, under way or not. */
export function worksInBooks(books: Books): ReadonlySet<string> {
  return new Set(books.works.keys().map((key) => key.slice(0, key.indexOf('|'))));
}

/** Lets go of all that a work holds. Its lock is held. */
export async function endWork(books: Books, id: string): Promise<void> {
  for (const key of heldBy(books, id)) await releaseLayer(books, key, id);
}

function heldBy(books: Books, id: string): readonly LayerKey[] {
  const start = `${id}|`;
  return books.works.keys(start).map((key) => key.slice(start.length) as LayerKey); // Only layer keys are put there.
}
