import { availableParallelism, loadavg } from 'node:os';
import type { ReadySet } from '@graphdriver/host';

/** So often in vain, and it is only tried now and then. */
const MISSES = 4;
const NOW_AND_THEN = 16;
/** Milliseconds for one look after which somebody else had this processor meanwhile. */
const INTERRUPTED = 0.1;
/** How many milliseconds what is known of the machine's load holds. */
const LOAD_HOLDS = 100;

/** What a {@link BusyWait} goes by. */
export interface Surroundings {
  /** Milliseconds of a clock. */
  now(): number;
  /** Tells whether there is a processor to spare. */
  isIdle(): boolean;
}

const MACHINE: Surroundings = {
  now: () => performance.now(),
  isIdle: () => {
    const processors = availableParallelism();
    // Who asks and who answers are among the tasks that are counted; on a single processor the one would keep the other from it.
    return processors > 1 && (loadavg()[0] ?? 0) < processors;
  },
};

/**
 * Waits for what comes next, and looks again and again for a while before it sleeps.
 *
 * Who sleeps has to be woken, and a processor that has nothing else to do sleeps with him: in a virtual machine that takes several times
 * as long as a request. Looking costs the processor instead. It is given up while nothing comes of it, and where others need the processor.
 */
export class BusyWait {
  readonly #set: Pick<ReadySet, 'wait'>;
  readonly #spin: number;
  readonly #around: Surroundings;
  #misses = 0;
  #skipped = 0;
  #isIdle = false;
  #askedAt = Number.NEGATIVE_INFINITY;

  /** `spin` in milliseconds; 0 never looks twice. */
  constructor(set: Pick<ReadySet, 'wait'>, spin: number, around: Surroundings = MACHINE) {
    this.#set = set;
    this.#around = around;
    this.#spin = spin;
  }

  /** As {@link ReadySet.wait}. */
  wait(milliseconds: number): number {
    const found = this.#spin > 0 && milliseconds > 0 && this.#isWorthIt() ? this.#look() : 0;
    return found > 0 ? found : this.#set.wait(milliseconds);
  }

  #isWorthIt(): boolean {
    if (this.#misses < MISSES) return true;
    this.#skipped += 1;
    return this.#skipped % NOW_AND_THEN === 0;
  }

  #look(): number {
    let before = this.#around.now();
    if (!this.#mayLookAt(before)) return 0;
    const end = before + this.#spin;
    for (;;) {
      const found = this.#set.wait(0);
      if (found > 0) {
        this.#misses = 0;
        return found;
      }
      const now = this.#around.now();
      if (now - before > INTERRUPTED) this.#misses = MISSES;
      if (now >= end || now - before > INTERRUPTED) break;
      before = now;
    }
    this.#misses += 1;
    return 0;
  }

  #mayLookAt(now: number): boolean {
    if (now - this.#askedAt >= LOAD_HOLDS) {
      this.#isIdle = this.#around.isIdle();
      this.#askedAt = now;
    }
    return this.#isIdle;
  }
}
