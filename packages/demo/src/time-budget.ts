/** How much time there is for everything, so that what is only nice to have can be left out in time. */
export class TimeBudget {
  readonly #end: number;
  readonly #now: () => number;

  /** `total` is in milliseconds from now. */
  constructor(total: number, now: () => number = () => performance.now()) {
    this.#now = now;
    this.#end = now() + total;
  }

  /** Milliseconds that are left; 0 when the time is over. */
  get left(): number {
    return Math.max(0, this.#end - this.#now());
  }

  /** The same time, of which the last `reserved` milliseconds are for something else. */
  without(reserved: number): TimeBudget {
    return new TimeBudget(this.#end - this.#now() - reserved, this.#now);
  }
}
