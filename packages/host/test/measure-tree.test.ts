import { execFileSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { expect, test } from 'vitest';
import { measureTree } from '../src/measure-tree.ts';
import { makeDeepTree } from './deep-tree.ts';
import { loopMount, machineLock, scratch } from './scratch.ts';

test('names of one file count once, holes count as apparent and not as allocated', async () => {
  using dir = scratch();
  mkdirSync(`${dir.path}/sub`);
  writeFileSync(`${dir.path}/file`, Buffer.alloc(10_000));
  linkSync(`${dir.path}/file`, `${dir.path}/sub/again`);
  symlinkSync('file', `${dir.path}/link`);
  const fd = openSync(`${dir.path}/sparse`, 'w');
  ftruncateSync(fd, 1 << 30);
  closeSync(fd);
  const allocated = [dir.path, `${dir.path}/sub`, `${dir.path}/file`, `${dir.path}/link`].reduce(
    (sum, path) => sum + lstatSync(path).blocks * 512,
    0,
  );
  expect(await measureTree(dir.path)).toEqual({
    allocated,
    apparent: 10_000 + 4 + (1 << 30),
    inodes: 5,
    exclusive: allocated,
  });
});

test('the sum agrees with du', async () => {
  using dir = scratch();
  makeDeepTree(dir.path);
  const size = await measureTree(dir.path);
  expect(`${size.allocated}`).toBe(execFileSync('du', ['-s', '-B1', dir.path], { encoding: 'utf8' }).split('\t')[0]);
});

test('blocks that another file shares are allocated but not exclusive', async () => {
  using _lock = await machineLock();
  using dir = scratch();
  for (const type of ['btrfs', 'xfs'] as const) {
    const path = loopMount(dir.path, type);
    mkdirSync(`${path}/tree`);
    writeFileSync(`${path}/tree/own`, Buffer.alloc(1 << 20, 'a'));
    writeFileSync(`${path}/tree/shared`, Buffer.alloc(2 << 20, 'b'));
    const before = await measureTree(`${path}/tree`);
    expect(before.exclusive).toBe(before.allocated);
    execFileSync('cp', ['--reflink=always', `${path}/tree/shared`, `${path}/other`]);
    const after = await measureTree(`${path}/tree`);
    expect(after.allocated).toBe(before.allocated);
    expect(after.exclusive).toBe(before.allocated - (2 << 20));
    // What is written anew is shared no longer. btrfs counts by whole extents, so the whole file is.
    const fd = openSync(`${path}/other`, 'r+');
    writeSync(fd, Buffer.alloc(2 << 20, 'c'), 0, 2 << 20, 0);
    closeSync(fd);
    execFileSync('sync', ['-f', path]);
    expect((await measureTree(`${path}/tree`)).exclusive).toBe(before.allocated);
  }
});

test('a missing tree fails with ENOENT, and an aborted walk with ABORTED', async () => {
  using dir = scratch();
  await expect(measureTree(`${dir.path}/none`)).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(measureTree('/usr', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
});
