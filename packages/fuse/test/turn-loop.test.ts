import { readSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPipe } from '@graphdriver/host';
import { expect, it } from 'vitest';
import { TurnLoop } from '../src/turn-loop.ts';

const OPTIONS = { linger: 1, slice: 4, spin: 0.1 };

/** Pipes of which each has one byte to read. */
function fullPipes(count: number): Disposable & { readonly ends: readonly number[] } {
  const pipes = Array.from({ length: count }, () => openPipe());
  for (const { writeEnd } of pipes) writeSync(writeEnd, 'x');
  return {
    ends: pipes.map(({ readEnd }) => readEnd),
    [Symbol.dispose]() {
      for (const pipe of pipes) pipe.close();
    },
  };
}

function drain(fd: number): void {
  readSync(fd, Buffer.alloc(1));
}

it('who always has more keeps nobody waiting, nor the event loop', async () => {
  using pipes = fullPipes(3);
  const takes = new Map(pipes.ends.map((fd) => [fd, 0]));
  const loop = new TurnLoop((fd) => {
    takes.set(fd, (takes.get(fd) ?? 0) + 1);
    return 'taken';
  }, OPTIONS);
  for (const fd of pipes.ends) loop.add(fd);
  // Would not come back where the event loop never had its turn.
  for (let ticks = 0; ticks < 5; ticks += 1) await sleep(1);
  for (const fd of pipes.ends) loop.remove(fd);
  loop.close();
  const counts = [...takes.values()];
  expect(Math.min(...counts)).toBeGreaterThan(50);
  // The favoured one is asked eight times as often as the others, and no more.
  expect(Math.max(...counts)).toBeLessThan(12 * Math.min(...counts));
});

it('what was removed while it was asked is not asked again', async () => {
  using pipes = fullPipes(1);
  const [end = -1] = pipes.ends;
  let takes = 0;
  const loop = new TurnLoop((fd) => {
    takes += 1;
    loop.remove(fd);
    return 'taken';
  }, OPTIONS);
  loop.add(end);
  await sleep(20);
  loop.close();
  expect(takes).toBe(1);
});

it('a look that finds nothing sends nobody away: what comes later is taken', async () => {
  using pipes = fullPipes(2);
  const taken: number[] = [];
  const loop = new TurnLoop((fd) => {
    if (taken.includes(fd)) return 'nothing';
    drain(fd);
    taken.push(fd);
    return 'taken';
  }, OPTIONS);
  for (const fd of pipes.ends) loop.add(fd);
  await expect.poll(() => taken.length).toBe(2);
  for (const fd of pipes.ends) loop.remove(fd);
  loop.close();
  expect(taken.toSorted()).toEqual(pipes.ends.toSorted());
});
