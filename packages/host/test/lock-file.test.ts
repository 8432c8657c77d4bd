import { isStorageError } from '@graphdriver/core';
import { expect, test } from 'vitest';
import { lockOffset } from '../src/byte-lock.ts';
import { LockFile } from '../src/lock-file.ts';
import { ending, line, program, scratch } from './scratch.ts';

const HOLD = `
const file = host.LockFile.open(process.env.LOCKS);
await file.acquire(process.env.KEYS.split(','));
console.log('held');
process.stdin.on('data', () => { file.close(); console.log('closed'); });
`;

test('one key excludes and another does not', async () => {
  using dir = scratch();
  const file = LockFile.open(`${dir.path}/locks`);
  const held = await file.acquire(['a']);
  expect(file.tryAcquire('a')).toBeUndefined();
  const other = file.tryAcquire('b');
  expect(other).toBeDefined();
  held.release();
  expect(file.tryAcquire('a')).toBeDefined();
  file.close();
});

test('inside a process the order is first come, first served, across two openers of the file', async () => {
  using dir = scratch();
  const [one, two] = [LockFile.open(`${dir.path}/locks`), LockFile.open(`${dir.path}/locks`)];
  const first = await one.acquire(['a']);
  const order: number[] = [];
  const waiting = [one, two, one, two].map(async (file, number) => {
    using _held = await file.acquire(['a']);
    order.push(number);
    await new Promise(setImmediate);
  });
  expect(two.tryAcquire('a')).toBeUndefined();
  first.release();
  await Promise.all(waiting);
  expect(order).toEqual([0, 1, 2, 3]);
  one.close();
  two.close();
});

test('releasing twice does not release the lock of who came next', async () => {
  using dir = scratch();
  const file = LockFile.open(`${dir.path}/locks`);
  const first = await file.acquire(['a']);
  first.release();
  const second = await file.acquire(['a']);
  first.release();
  expect(file.tryAcquire('a')).toBeUndefined();
  second.release();
  file.close();
});

test('several keys in any order never wait for each other in a circle', async () => {
  using dir = scratch();
  const file = LockFile.open(`${dir.path}/locks`);
  let inside = 0;
  const work = async (keys: readonly string[]): Promise<void> => {
    using _held = await file.acquire(keys);
    inside += 1;
    expect(inside).toBe(1);
    await new Promise(setImmediate);
    inside -= 1;
  };
  await Promise.all(
    [
      ['a', 'b', 'c'],
      ['c', 'a'],
      ['b', 'a'],
      ['c', 'b', 'a'],
      ['a', 'a'],
    ].flatMap((keys) => [work(keys), work(keys)]),
  );
  file.close();
});

test('an abort and a timeout end the waiting, hold nothing and keep the place of the others', async () => {
  using dir = scratch();
  const file = LockFile.open(`${dir.path}/locks`);
  const held = await file.acquire(['b']);
  const controller = new AbortController();
  const aborted = file.acquire(['a', 'b'], { signal: controller.signal }).catch((error: unknown) => error);
  const late = file.acquire(['a', 'b'], { timeout: 5 }).catch((error: unknown) => error);
  const patient = file.acquire(['b']);
  controller.abort();
  expect(isStorageError(await aborted, 'ABORTED')).toBe(true);
  expect(isStorageError(await late, 'TIMED_OUT')).toBe(true);
  file.tryAcquire('a')?.release();
  held.release();
  (await patient).release();
  expect(file.tryAcquire('a')).toBeDefined();
  expect(file.tryAcquire('b')).toBeDefined();
  await expect(file.acquire(['z'], { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
  file.close();
});

test('isHeldElsewhere sees other openers and not this one', async () => {
  using dir = scratch();
  const [one, two] = [LockFile.open(`${dir.path}/locks`), LockFile.open(`${dir.path}/locks`)];
  const held = await one.acquire(['a']);
  expect(one.isHeldElsewhere('a')).toBe(false);
  expect(two.isHeldElsewhere('a')).toBe(true);
  expect(two.isHeldElsewhere('b')).toBe(false);
  held.release();
  expect(two.isHeldElsewhere('a')).toBe(false);
  one.close();
  two.close();
});

test('closing releases what is held, also to another opener, and later calls fail with CLOSED', async () => {
  using dir = scratch();
  const [one, two] = [LockFile.open(`${dir.path}/locks`), LockFile.open(`${dir.path}/locks`)];
  await one.acquire(['a']);
  one.close();
  one.close();
  const held = await two.acquire(['a']);
  await expect(one.acquire(['b'])).rejects.toMatchObject({ code: 'CLOSED' });
  held.release();
  two.close();
});

test('another process excludes this one until it lets go', async () => {
  using dir = scratch();
  const file = LockFile.open(`${dir.path}/locks`);
  const child = program(HOLD, { LOCKS: `${dir.path}/locks`, KEYS: 'a,b' });
  await line(child);
  expect(file.tryAcquire('a')).toBeUndefined();
  expect(file.isHeldElsewhere('b')).toBe(true);
  await expect(file.acquire(['a'], { timeout: 30 })).rejects.toMatchObject({ code: 'TIMED_OUT' });
  const waiting = file.acquire(['b', 'a']);
  child.stdin?.end('go');
  (await waiting).release();
  await ending(child);
  file.close();
});

test('a killed process holds nothing any more', async () => {
  using dir = scratch();
  const file = LockFile.open(`${dir.path}/locks`);
  const child = program(HOLD, { LOCKS: `${dir.path}/locks`, KEYS: 'a' });
  await line(child);
  const waiting = file.acquire(['a']);
  child.kill('SIGKILL');
  (await waiting).release();
  expect(file.isHeldElsewhere('a')).toBe(false);
  file.close();
});

test('a symbolic link in place of the file is refused', () => {
  expect(() => LockFile.open('/proc/self/exe')).toThrow();
});

test('a million keys, however alike, stand for a million bytes', () => {
  const offsets = new Set<bigint>();
  for (let number = 0; number < 500_000; number += 1) {
    offsets.add(lockOffset(`container-${number}`));
    offsets.add(lockOffset(`~${number.toString(16).padStart(64, '0')}`));
  }
  expect(offsets.size).toBe(1_000_000);
});
