import { eventLoopDescriptor, ReadySet, type Watch, watchReadable } from '@graphdriver/host';
import { SpinGauge } from './spin-gauge.ts';

/** What is asked to look at a descriptor that is readable: `true` where the event loop has to have its turn soon. */
export type Take = (fd: number) => boolean;

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

  /** Waits for at most `wait` milliseconds; returns how many descriptors are readable. */
  #next(wait: number): number {
    const { spin } = this.#options;
    if (wait === 0 || spin === 0) return this.#busy.wait(wait);
    const end = performance.now() + spin;
    let count = 0;
    while (count === 0 && this.#gauge.pays && performance.now() < end) count = this.#busy.wait(0);
    if (count === 0) count = this.#busy.wait(wait);
    this.#gauge.note(count > 0 && performance.now() < end);
    return count;
  }

  #turn(): void {
    const end = performance.now() + this.#options.slice;
    let wait = 0;
    do {
      const count = this.#next(wait);
      let own = 0;
      let leave = false;
      for (let index = 0; index < count; index += 1) {
        const fd = this.#busy.ready(index);
        if (fd === this.#eventLoop) continue;
        own += 1;
        if (this.#take(fd)) leave = true;
      }
      // Our own descriptors make the event loop's readable too: it wants something for itself only when it is alone.
      if (leave || own === 0 || this.#members.size === 0) return;
      wait = this.#options.linger;
    } while (performance.now() < end);
  }
}
