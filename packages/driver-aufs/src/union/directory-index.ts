import type { BranchDirectory } from './branch-directory.ts';
import type { CacheCount } from './cache-limit.ts';

/** What is known of a name in a directory of the union. */
export interface IndexEntry<Node> {
  readonly name: string;
  /** The branch that it is shown from; -1 where nothing is shown, but a whiteout hides something. */
  branch: number;
  /** DT_ number. */
  type: number;
  /** Inode number in that branch. */
  ino: number;
  /** Of a directory: those directories of the branches in which its parts lie, top first. `null` for anything else. */
  parts: BranchDirectory[] | null;
  /** A branch below the writable one has something of this name: whoever takes it away must leave a whiteout. */
  hasLower: boolean;
  /** The writable branch has a whiteout of it. */
  whiteout: boolean;
  node: Node | undefined;
  /** Where it is in the listing; 0 while it is not shown. */
  cookie: number;
}

const WORTH_COMPACTING = 64;

/**
 * The merged listing of a directory: every name, and an order that lasts. Built once; a name that is not in it is nowhere.
 *
 * An entry keeps its cookie until it is hidden, and what is added later comes later, so that a reader who goes on after a cookie misses
 * nothing that was there all the time and sees nothing twice.
 */
export class DirectoryIndex<Node> {
  readonly entries: Map<string, IndexEntry<Node>> = new Map();
  #listed: (IndexEntry<Node> | undefined)[] = [];
  #cookies: number[] = [];
  #lastCookie = 0;
  #shown = 0;
  readonly #count: CacheCount;

  constructor(count: CacheCount) {
    this.#count = count;
  }

  /** How many names are shown. */
  get size(): number {
    return this.#shown;
  }

  get(name: string): IndexEntry<Node> | undefined {
    return this.entries.get(name);
  }

  /** The entry of a name that is shown. */
  shown(name: string): IndexEntry<Node> | undefined {
    const entry = this.entries.get(name);
    return entry !== undefined && entry.branch >= 0 ? entry : undefined;
  }

  /** Knows an entry from now on, whether it is shown or not. */
  put(entry: IndexEntry<Node>): void {
    const { size } = this.entries;
    this.entries.set(entry.name, entry);
    this.#count.add(this.entries.size - size);
  }

  /** Is not needed any more. */
  drop(): void {
    this.#count.add(-this.entries.size);
  }

  /** Puts an entry at the end of the listing, unless it is in it. Its `branch` tells that it is shown. */
  list(entry: IndexEntry<Node>): void {
    if (entry.cookie !== 0) return;
    this.#lastCookie += 1;
    entry.cookie = this.#lastCookie;
    this.#listed.push(entry);
    this.#cookies.push(entry.cookie);
    this.#shown += 1;
  }

  /** Takes an entry from the listing; without a whiteout it is forgotten. */
  hide(entry: IndexEntry<Node>): void {
    if (entry.cookie !== 0) {
      this.#listed[this.#positionAfter(entry.cookie - 1)] = undefined;
      entry.cookie = 0;
      this.#shown -= 1;
      this.#compact();
    }
    entry.branch = -1;
    entry.parts = null;
    entry.node = undefined;
    if (!entry.whiteout && !entry.hasLower && this.entries.delete(entry.name)) this.#count.add(-1);
  }

  /** The shown entries whose cookies are greater than `cookie`, in their order. */
  *after(cookie: number): Generator<IndexEntry<Node>, void, undefined> {
    for (let at = this.#positionAfter(cookie); at < this.#listed.length; at += 1) {
      const entry = this.#listed[at];
      if (entry !== undefined) yield entry;
    }
  }

  #positionAfter(cookie: number): number {
    let [low, high] = [0, this.#cookies.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#cookies[middle] ?? 0) <= cookie) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compact(): void {
    const gone = this.#listed.length - this.#shown;
    if (gone < WORTH_COMPACTING || gone < this.#shown) return;
    this.#listed = this.#listed.filter((entry) => entry !== undefined);
    this.#cookies = this.#listed.map((entry) => entry?.cookie ?? 0);
  }
}
