/** Half of what is counted for a name that the kernel knows: its node, and its entry in the listing of its directory. */
const HALVES = 2;
/** Down to which share of the limit is shed, so that it is not begun again at once. */
const DOWN_TO = 0.9;
/** What could not be shed is in use; by which share of the limit it has to grow until that is tried again. */
const GROWTH = 0.05;

/** What one union remembers: its nodes, and the names in the listings of its directories. */
export class CacheCount {
  readonly #limit: CacheLimit | undefined;
  #halves = 0;

  constructor(limit: CacheLimit | undefined) {
    this.#limit = limit;
  }

  /** In entries: a name that was only listed is half of one. */
  get entries(): number {
    return this.#halves / HALVES;
  }

  /** Counts nodes and names that are new, or gone. */
  add(halves: number): void {
    this.#halves += halves;
    this.#limit?.add(halves);
  }

  /** All of it is gone. */
  clear(): void {
    this.add(-this.#halves);
  }
}

/** A union that can be made to remember less. */
export interface Cache {
  readonly cached: CacheCount;
  /** Has the kernel forget some of the oldest; `false` once all were tried and nothing more can go. */
  shed(): Promise<boolean>;
}

/**
 * Keeps what all unions of a daemon remember below a number of entries, but for what is in use.
 *
 * Costs an addition for each node. What is beyond the limit is shed between requests, from the union that remembers most; a burst may go
 * beyond by what comes in a few milliseconds.
 */
export class CacheLimit {
  readonly #caches = new Set<Cache>();
  #limit = Number.POSITIVE_INFINITY;
  #alarm = Number.POSITIVE_INFINITY;
  #halves = 0;
  #shedding: Promise<void> | undefined;

  /** In entries. */
  set limit(entries: number) {
    this.#limit = entries * HALVES;
    this.#alarm = this.#limit;
  }

  get entries(): number {
    return this.#halves / HALVES;
  }

  add(halves: number): void {
    this.#halves += halves;
    if (this.#halves > this.#alarm && halves > 0) this.#shedding ??= this.#shed();
  }

  enter(cache: Cache): void {
    this.#caches.add(cache);
  }

  leave(cache: Cache): void {
    this.#caches.delete(cache);
  }

  async #shed(): Promise<void> {
    try {
      // Not within a request.
      await new Promise(setImmediate);
      const spent = new Set<Cache>();
      while (this.#halves > this.#limit * DOWN_TO) {
        const largest = this.#largest(spent);
        if (largest === undefined) break;
        if (!(await largest.shed())) spent.add(largest);
      }
    } finally {
      this.#alarm = Math.max(this.#limit, this.#halves + this.#limit * GROWTH);
      this.#shedding = undefined;
    }
  }

  #largest(spent: ReadonlySet<Cache>): Cache | undefined {
    let found: Cache | undefined;
    for (const cache of this.#caches) {
      if (spent.has(cache)) continue;
      if (found === undefined || cache.cached.entries > found.cached.entries) found = cache;
    }
    return found;
  }
}
