import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { makeNode } from '../src/files.ts';
import { FuseDevice } from '../src/fuse-device.ts';
import { eventLoopDescriptor, ReadySet, watchReadable } from '../src/ready-set.ts';
import { startProcess } from '../src/start-process.ts';
import { scratch } from './scratch.ts';

/** Both ends of a fifo, the reading one without blocking. */
function fifo(directory: string, name: string): { readonly read: number; readonly write: number } {
  makeNode(`${directory}/${name}`, constants.S_IFIFO | 0o600, 0);
  const read = openSync(`${directory}/${name}`, constants.O_RDONLY | constants.O_NONBLOCK);
  return { read, write: openSync(`${directory}/${name}`, 'w') };
}

test('of many descriptors those are named that have something to read', () => {
  using dir = scratch();
  const set = new ReadySet();
  const pipes = ['a', 'b', 'c'].map((name) => fifo(dir.path, name));
  for (const { read } of pipes) set.add(read);
  expect(set.wait(0)).toBe(0);
  for (const { write } of pipes.slice(1)) writeSync(write, 'x');
  const found = Array.from({ length: set.wait(1000) }, (_, index) => set.ready(index));
  expect(found.sort()).toEqual(
    pipes
      .slice(1)
      .map(({ read }) => read)
      .sort(),
  );
  for (const { read } of pipes.slice(1)) set.remove(read);
  expect(set.wait(0)).toBe(0);
  expect(() => set.add(-1)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  set.close();
  for (const { read, write } of pipes) for (const fd of [read, write]) closeSync(fd);
});

test('the event loop calls back as long as there is something to read, and no more after the end', async () => {
  using dir = scratch();
  const { read, write } = fifo(dir.path, 'fifo');
  const set = new ReadySet();
  set.add(read);
  let calls = 0;
  const watch = watchReadable(set.fd, () => {
    calls += 1;
    // The second call comes because the first has left something.
    if (calls === 2) readSync(read, Buffer.alloc(10));
  });
  writeSync(write, 'x');
  await expect.poll(() => calls).toBe(2);
  await sleep(10);
  expect(calls).toBe(2);
  watch.close();
  writeSync(write, 'x');
  await sleep(10);
  expect(calls).toBe(2);
  set.close();
  for (const fd of [read, write]) closeSync(fd);
});

test('the descriptor of the event loop is one that can be waited for', () => {
  const fd = eventLoopDescriptor();
  expect(fd).toBeGreaterThan(2);
  const set = new ReadySet();
  set.add(fd ?? -1);
  expect(set.wait(0)).toBeGreaterThanOrEqual(0);
  set.close();
});

test('a process gets descriptors as its numbers 3 and on', async () => {
  using dir = scratch();
  const { read, write } = fifo(dir.path, 'fifo');
  const child = startProcess('sh', ['-c', 'echo through >&3'], { descriptors: [write] });
  expect((await child.ended).exitCode).toBe(0);
  const into = Buffer.alloc(20);
  expect(into.toString('utf8', 0, readSync(read, into))).toBe('through\n');
  for (const fd of [read, write]) closeSync(fd);
});

test('a device of FUSE that is not mounted has no requests, and says so without throwing', () => {
  const device = FuseDevice.open();
  const EPERM = -1;
  const EINVAL = -22;
  expect([EPERM, EINVAL]).toContain(device.read(Buffer.alloc(8192)));
  expect(device.write(Buffer.alloc(16), 16)).toBeLessThan(0);
  expect(device.writePieces([Buffer.alloc(8), Buffer.alloc(8)])).toBeLessThan(0);
  expect([device.openBacking(0) < 0, device.closeBacking(1) < 0]).toEqual([true, true]);
  device.close();
  expect(FuseDevice.adopt(9999).read(Buffer.alloc(10))).toBe(-9);
});
