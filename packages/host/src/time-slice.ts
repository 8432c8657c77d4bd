import { setImmediate } from 'node:timers/promises';

/**
 * Lets long synchronous work share the event loop: `if (slice.over) await slice.pause()` between two short calls.
 *
 * Synchronous system calls are an order of magnitude cheaper than asynchronous ones; this keeps them from starving the rest.
 */
export class TimeSlice {
  readonly #milliseconds: number;
  #end: number;

  constructor(milliseconds = 4) {
    this.#milliseconds = milliseconds;
    this.#end = performance.now() + milliseconds;
  }

  /** The slice is used up. Costs a reading of the clock, some 50 ns. */
  get over(): boolean {
    return performance.now() >= this.#end;
  }

  /** Lets everything that waits have its turn, and starts the next slice. */
  async pause(): Promise<void> {
    await setImmediate();
    this.#end = performance.now() + this.#milliseconds;
  }
}
