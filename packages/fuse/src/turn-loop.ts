import { performance } from 'node:perf_hooks';
import { eventLoopDescriptor, ReadySet, type Watch, watchReadable } from '@graphdriver/host';
import { SpinGauge } from './spin-gauge.ts';

/** What came of a look: there was nothing to take; it was taken; or it was, and the event loop has to have its turn soon. */
export type Taken = 'nothing' | 'taken' | 'turn';

/** What is asked to take one thing from a descriptor that is readable, or may be. */
export type Take = (fd: number) => Taken;

/** So often in a row the one that had something last is asked before the others. */
const FAVOURS = 8;
/** Every so many looks all are asked, and not that one alone. */
const ALL_EVERY = 4;

/** Options of {@link TurnLoop}. */
export interface TurnOptions {
  /** Milliseconds to wait in this thread for more before going back to the event loop. */
  readonly linger: number;
  /** Milliseconds after which to go back whatever comes. */
  readonly slice: number;
  /** Milliseconds to look for the next one without sleeping, where that pays. Not where `linger` is 0. */
  readonly spin: number;
}

/**
 * Takes what comes in from many descriptors, fast and without starving the event loop.
 *
 * A turn of Node's event loop costs more than most requests. So once it has called us, we stay: take requests, and wait for the next
 * ones in this thread, in epoll_wait(2). We leave when nothing came for `linger`, when the event loop itself has something to do
 * (its own epoll descriptor is among those that are waited for), when a promise wants to go on, or when the `slice` is over.
 *
 * Waking up from that wait takes as long as an answer, or several times as long in a virtual machine. So we look for a moment without
 * sleeping first: that saves most of what a program waits that asks one thing after the other.
 */
export class TurnLoop {
  readonly #take: Take;
  readonly #options: TurnOptions;
  /** What the event loop watches. */
  readonly #idle = new ReadySet();
  /** The same and the event loop: what is waited for in this thread. Not one set, for then each would wait for the other. */
  readonly #busy = new ReadySet();
  readonly #eventLoop: number | undefined;
  #watch: Watch | undefined;
  readonly #members = new Set<number>();
  readonly #gauge = new SpinGauge();
  /** The one that had something last, and how often in a row. */
  #last = -1;
  #inRow = 0;

  constructor(take: Take, options: TurnOptions) {
    this.#take = take;
    this.#options = options;
    this.#eventLoop = options.linger > 0 ? eventLoopDescriptor() : undefined;
    if (this.#eventLoop !== undefined) this.#busy.add(this.#eventLoop);
  }

  add(fd: number): void {
    this.#idle.add(fd);
    this.#busy.add(fd);
    this.#members.add(fd);
    // A loop without members does not keep the process alive.
    this.#watch ??= watchReadable(this.#idle.fd, () => this.#turn());
  }

  /** To be done before `fd` is closed. Nothing where it was not added. */
  remove(fd: number): void {
    if (!this.#members.delete(fd)) return;
    if (this.#last === fd) this.#last = -1;
    this.#idle.remove(fd);
    this.#busy.remove(fd);
    if (this.#members.size > 0) return;
    this.#watch?.close();
    this.#watch = undefined;
  }

  close(): void {
    this.#watch?.close();
    this.#watch = undefined;
    this.#idle.close();
    this.#busy.close();
  }

  #turn(): void {
    const end = performance.now() + this.#options.slice;
    // Most often it is the one that had something last. What the others have comes next, or calls us again.
    let taken = this.#look(true) ?? 'nothing';
    while (taken === 'taken' && performance.now() < end) taken = this.#next();
  }

  /** Takes what comes next; 'nothing' where nothing came for `linger`, or only what the event loop has to see to. */
  #next(): Taken {
    const { linger } = this.#options;
    const soon = performance.now() + (linger > 0 ? this.#options.spin : 0);
    for (let looks = 1; this.#gauge.pays; looks += 1) {
      const taken = this.#look(looks % ALL_EVERY === 0);
      if (taken !== undefined) {
        this.#gauge.note(true);
        return taken;
      }
      if (performance.now() >= soon) break;
    }
    const count = this.#busy.wait(linger);
    this.#gauge.note(count > 0 && performance.now() < soon);
    return this.#takeAll(count);
  }

  /**
   * Without waiting; `undefined` where there is nothing. Who asked last asks next, most often, and taking what is there costs no more than
   * finding out who has something.
   */
  #look(asksAll: boolean): Taken | undefined {
    if (this.#last >= 0 && this.#inRow < FAVOURS) {
      const taken = this.#take(this.#last);
      if (taken !== 'nothing') {
        this.#inRow += 1;
        return taken;
      }
      if (!asksAll) return undefined;
    }
    this.#inRow = 0;
    const count = this.#busy.wait(0);
    return count > 0 ? this.#takeAll(count) : undefined;
  }

  /** One thing from each of those that the last look has found. */
  #takeAll(count: number): Taken {
    let result: Taken = 'nothing';
    for (let index = 0; index < count; index += 1) {
      const fd = this.#busy.ready(index);
      // Our own descriptors make the event loop's readable too: it wants something for itself only when it is alone.
      if (fd === this.#eventLoop) continue;
      this.#last = fd;
      const taken = this.#take(fd);
      if (result !== 'turn') result = taken === 'turn' ? 'turn' : 'taken';
    }
    return this.#members.size > 0 ? result : 'turn';
  }
}
