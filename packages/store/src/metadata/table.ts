import type { Database } from 'lmdb';

/** An entry of a {@link Table}. */
export interface TableEntry<T> {
  readonly key: string;
  readonly value: T;
}

/**
 * Values by key, in the order of the keys' bytes.
 *
 * Reading costs a few microseconds and shows the state at the start of the event loop's turn, or of the transaction that it is in.
 * Writing is for the inside of {@link Metadata.change}.
 */
export class Table<T> {
  readonly #database: Database<T, string>;
  readonly #checkOpen: () => void;

  constructor(database: Database<T, string>, checkOpen: () => void) {
    this.#database = database;
    this.#checkOpen = checkOpen;
  }

  get(key: string): T | undefined {
    this.#checkOpen();
    return this.#database.get(key);
  }

  has(key: string): boolean {
    this.#checkOpen();
    return this.#database.doesExist(key);
  }

  /** How many entries there are. Counts them. */
  get size(): number {
    this.#checkOpen();
    return this.#database.getKeysCount();
  }

  /** All entries whose key starts with `prefix`, at most `limit`. */
  entries(prefix = '', limit?: number): readonly TableEntry<T>[] {
    this.#checkOpen();
    return [...this.#database.getRange({ ...within(prefix), ...(limit === undefined ? {} : { limit }) })];
  }

  /** All keys that start with `prefix`, at most `limit`. */
  keys(prefix = '', limit?: number): readonly string[] {
    this.#checkOpen();
    return [...this.#database.getKeys({ ...within(prefix), ...(limit === undefined ? {} : { limit }) })];
  }

  /** Puts a value in the place of whatever has the key. Inside of a change. */
  put(key: string, value: T): void {
    this.#database.put(key, value).catch(() => undefined); // The change that it belongs to reports it.
  }

  /** Removes the key, if it is there. Inside of a change. */
  remove(key: string): void {
    this.#database.remove(key).catch(() => undefined); // The change that it belongs to reports it.
  }
}

function within(prefix: string): { readonly start?: string; readonly end?: string } {
  return prefix === '' ? {} : { start: prefix, end: `${prefix}\u{10ffff}` };
}
