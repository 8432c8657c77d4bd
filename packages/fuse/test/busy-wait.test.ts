import { expect, it } from 'vitest';
import { BusyWait } from '../src/busy-wait.ts';

/** A set in which something is ready at the looks of these numbers, counted from 1; each look takes some milliseconds of a clock of its own. */
class FakeSet {
  looks = 0;
  sleeps = 0;
  time = 0;
  isIdle = true;
  readonly #readyAt: readonly number[];
  readonly #takes: number;

  constructor(readyAt: readonly number[], takes: number) {
    this.#readyAt = readyAt;
    this.#takes = takes;
  }

  wait(milliseconds: number): number {
    if (milliseconds > 0) {
      this.sleeps += 1;
      return 1;
    }
    this.looks += 1;
    this.time += this.#takes;
    return this.#readyAt.includes(this.looks) ? 1 : 0;
  }

  busyWait(spin: number): BusyWait {
    return new BusyWait(this, spin, { now: () => this.time, isIdle: () => this.isIdle });
  }
}

function times(count: number, action: () => void): void {
  for (let time = 0; time < count; time += 1) action();
}

it('what comes while it looks is found without sleep', () => {
  const set = new FakeSet([3], 0.01);
  expect(set.busyWait(0.1).wait(1)).toBe(1);
  expect([set.looks, set.sleeps]).toEqual([3, 0]);
});

it('it sleeps once it has looked for long enough', () => {
  const set = new FakeSet([], 0.0625);
  expect(set.busyWait(0.25).wait(1)).toBe(1);
  expect([set.looks, set.sleeps]).toEqual([4, 1]);
});

it('it looks once where it is not to wait, and not at all where it is only to sleep', () => {
  const set = new FakeSet([], 0.01);
  expect([set.busyWait(0).wait(1), set.busyWait(1).wait(0)]).toEqual([1, 0]);
  expect([set.looks, set.sleeps]).toEqual([1, 1]);
});

it('it only sleeps while the machine has no processor to spare', () => {
  const set = new FakeSet([], 0.0625);
  const wait = set.busyWait(0.0625);
  set.isIdle = false;
  times(3, () => wait.wait(1));
  expect([set.looks, set.sleeps]).toEqual([0, 3]);
  set.isIdle = true;
  set.time += 100;
  wait.wait(1);
  expect([set.looks, set.sleeps]).toEqual([1, 4]);
});

it('it looks rarely while nothing comes of it, and as before once something does', () => {
  const set = new FakeSet([6], 0.0625);
  const wait = set.busyWait(0.0625);
  times(4 + 15, () => wait.wait(1));
  expect(set.looks).toBe(4);
  times(1 + 15, () => wait.wait(1));
  expect(set.looks).toBe(5);
  times(1, () => wait.wait(1));
  expect([set.looks, set.sleeps]).toEqual([6, 4 + 15 + 1 + 15]);
  times(2, () => wait.wait(1));
  expect(set.looks).toBe(8);
});

it('it looks rarely after a look that took so long that somebody else had the processor', () => {
  const set = new FakeSet([], 0.2);
  const wait = set.busyWait(50);
  times(1 + 15, () => wait.wait(1));
  expect(set.looks).toBe(1);
});
