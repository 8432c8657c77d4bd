import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { LayerRecord, Usage } from '@graphdriver/core';
import { removeTree } from '@graphdriver/host';

/** Somebody who holds a layer. */
export interface Hold {
  /** A lease's name, or `null` for an opened driver. */
  readonly name: string | null;
  /** The opened driver that took it; leases belong to none. */
  readonly owner: object | null;
  readonly view: View;
}

/** A mount that one or more holds share, because all of them want it the same way. */
export interface View {
  readonly path: string;
  readonly readOnly: boolean;
}

/** All there is to know of a layer. */
export interface BookedLayer {
  record: LayerRecord;
  usage: Usage | null;
  readonly holds: Hold[];
  /** Mounts by the way they are mounted. */
  readonly views: Map<string, View>;
}

/** What the drivers of one root share in this process. */
export class ReferenceBooks {
  readonly root: string;
  readonly layers: Map<string, BookedLayer> = new Map();
  #users = 0;
  #asides = 0;
  readonly #turns = new Map<string, Promise<void>>();
  static readonly #byRoot = new Map<string, ReferenceBooks>();

  private constructor(root: string) {
    this.root = root;
  }

  /** The books of a root, made with their directories where there are none. Give them back with `close`. */
  static async open(root: string): Promise<ReferenceBooks> {
    mkdirSync(root, { recursive: true });
    const real = realpathSync(root);
    const books = ReferenceBooks.#byRoot.get(real) ?? (await ReferenceBooks.#begin(real));
    books.#users += 1;
    return books;
  }

  static async #begin(real: string): Promise<ReferenceBooks> {
    for (const directory of ['layers', 'views', 'staging']) await removeTree(join(real, directory)); // Nobody's: books are not kept on disk.
    for (const directory of ['layers', 'views', 'staging']) mkdirSync(join(real, directory));
    const books = new ReferenceBooks(real);
    ReferenceBooks.#byRoot.set(real, books);
    return books;
  }

  /** Tells whether this process has layers under `root`. */
  static haveLayers(root: string): boolean {
    return (ReferenceBooks.#byRoot.get(root)?.layers.size ?? 0) > 0;
  }

  /** Where a layer's whole tree lies. */
  directoryOf(id: string): string {
    return join(this.root, 'layers', id);
  }

  /** A place for what was a layer, from which it is removed. */
  asideOf(id: string): string {
    this.#asides += 1;
    return join(this.root, 'staging', `${id}.${this.#asides}`);
  }

  /** Ends one use of the books. They are kept as long as there are layers, for whoever opens the root again. */
  close(): void {
    this.#users -= 1;
    if (this.#users === 0 && this.layers.size === 0) ReferenceBooks.#byRoot.delete(this.root);
  }

  /** Runs `action` in its turn for several layers. Turns are taken in the order of ids, so that nobody waits in a circle. */
  async inTurns<T>(ids: readonly string[], action: () => Promise<T>): Promise<T> {
    const [first, ...rest] = [...new Set(ids)].sort();
    return first === undefined ? action() : this.inTurn(first, () => this.inTurns(rest, action));
  }

  /** Runs `action` when all earlier ones for the same layer have ended. */
  async inTurn<T>(id: string, action: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(id) ?? Promise.resolve();
    const running = before.then(action);
    const ended = running.then(
      () => undefined,
      () => undefined,
    );
    this.#turns.set(id, ended);
    try {
      return await running;
    } finally {
      if (this.#turns.get(id) === ended) this.#turns.delete(id);
    }
  }
}
