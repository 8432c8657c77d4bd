import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { copyTree } from '../src/copy-tree.ts';
import { makedev } from '../src/device-number.ts';
import { faultHandler, setFaultHandler } from '../src/fault-point.ts';
import { changeMode, changeOwner, makeDirectory, makeHardLink, makeNode, makeSymlink, setTimes } from '../src/files.ts';
import { writeXattr } from '../src/xattr.ts';
import { makeDeepTree, readDeepTree } from './deep-tree.ts';
import { loopMount, machineLock, scratch } from './scratch.ts';
import { snapshot } from './snapshot.ts';

afterEach(() => setFaultHandler(undefined));

/** A tree with one of everything that copies get wrong. */
function makeHardTree(top: string): void {
  const odd = Buffer.concat([Buffer.from(`${top}/`), Buffer.from([0xff, 0x0a, 0x5c])]);
  makeDirectory(top, 0o2751);
  makeDirectory(odd, 0o1777);
  writeFileSync(`${top}/small`, 'content');
  writeFileSync(`${top}/empty`, '');
  writeFileSync(`${top}/large`, Buffer.alloc(3 << 20, 'abc'));
  const sparse = openSync(`${top}/sparse`, 'w');
  writeSync(sparse, 'x', 5 << 20);
  ftruncateSync(sparse, 9 << 20);
  closeSync(sparse);
  writeFileSync(Buffer.concat([odd, Buffer.from('/inside')]), 'inside');
  makeHardLink(`${top}/small`, Buffer.concat([odd, Buffer.from('/again')]));
  makeHardLink(`${top}/small`, `${top}/a-name-before`);
  makeSymlink(Buffer.from([0x2f, 0xfe]), `${top}/link`);
  makeHardLink(`${top}/link`, `${top}/link-again`);
  makeNode(`${top}/char`, constants.S_IFCHR | 0o640, makedev(259, 70_000));
  makeNode(`${top}/whiteout`, constants.S_IFCHR, 0);
  makeNode(`${top}/block`, constants.S_IFBLK | 0o600, makedev(7, 300));
  makeNode(`${top}/fifo`, constants.S_IFIFO | 0o622, 0);
  makeNode(`${top}/socket`, constants.S_IFSOCK | 0o755, 0);
  changeOwner(`${top}/small`, 1000, 4_000_000_000);
  changeMode(`${top}/small`, 0o6755);
  changeOwner(`${top}/link`, 12, 13);
  writeXattr(`${top}/small`, 'security.capability', Buffer.from('0100000200040000000000000000000000000000', 'hex'));
  writeXattr(`${top}/small`, 'user.binary', Buffer.from([0, 1, 255]));
  writeXattr(`${top}/link`, 'trusted.link', Buffer.from('of the link'));
  writeXattr(odd, 'user.dir', Buffer.alloc(0));
  execFileSync('python3', ['-c', DEFAULT_ACL, top]);
  for (const name of readdirSync(top))
    if (existsSync(`${top}/${name}`)) setTimes(`${top}/${name}`, { atime: 11n, mtime: 1_600_000_000_000_000_007n });
  setTimes(`${top}/link`, { atime: 2n, mtime: 3n });
  setTimes(odd, { atime: -5n, mtime: 1_234_567_890_123_456_789n });
  setTimes(top, { atime: 1n, mtime: 1_111_111_111_000_000_001n });
}

// A default ACL changes the mode of whatever is made in the directory: u::rwx u:1000:--- g::--- m::--- o::---
const DEFAULT_ACL = `
import os, struct, sys
entries = [(1, 7, 0xffffffff), (2, 0, 1000), (4, 0, 0xffffffff), (16, 0, 0xffffffff), (32, 0, 0xffffffff)]
os.setxattr(sys.argv[1], 'system.posix_acl_default', struct.pack('<I', 2) + b''.join(struct.pack('<HHI', *entry) for entry in entries))
`;

test('a copy has everything that can be seen of the original', async () => {
  using dir = scratch();
  makeHardTree(`${dir.path}/from`);
  const original = snapshot(`${dir.path}/from`);
  await copyTree(`${dir.path}/from`, `${dir.path}/to`);
  expect(snapshot(`${dir.path}/to`)).toEqual(original);
  expect(lstatSync(`${dir.path}/to/sparse`).blocks).toBeLessThanOrEqual(lstatSync(`${dir.path}/from/sparse`).blocks);
});

test('a copy into an empty directory gives it the metadata of the original', async () => {
  using dir = scratch();
  makeHardTree(`${dir.path}/from`);
  const original = snapshot(`${dir.path}/from`);
  mkdirSync(`${dir.path}/to`);
  await copyTree(`${dir.path}/from/`, `${dir.path}/to/`);
  expect(snapshot(`${dir.path}/to`)).toEqual(original);
});

test('access times are copied, and those of files and links in the original stay', async () => {
  using dir = scratch();
  makeHardTree(`${dir.path}/from`);
  const names = ['', '/small', '/large', '/sparse', '/link', '/fifo', '/char'];
  const times = (top: string): bigint[] => names.map((name) => lstatSync(top + name, { bigint: true }).atimeNs);
  const before = times(`${dir.path}/from`);
  expect(before.slice(0, 2)).toEqual([1n, 11n]);
  const file = lstatSync(`${dir.path}/from/small`, { bigint: true });
  await copyTree(`${dir.path}/from`, `${dir.path}/to`);
  expect(times(`${dir.path}/to`)).toEqual(before);
  expect(lstatSync(`${dir.path}/from/small`, { bigint: true })).toEqual(file);
});

test('file systems that share blocks give the same copy, and so does one that is copied to', async () => {
  using _lock = await machineLock();
  using dir = scratch();
  for (const type of ['btrfs', 'xfs'] as const) {
    const path = loopMount(dir.path, type);
    makeHardTree(`${path}/from`);
    const original = snapshot(`${path}/from`);
    await copyTree(`${path}/from`, `${path}/to`);
    expect(snapshot(`${path}/to`)).toEqual(original);
    await copyTree(`${path}/from`, `${dir.path}/from-${type}`);
    expect(snapshot(`${dir.path}/from-${type}`)).toEqual(original);
  }
});

test('a tree deeper than any path can say is copied to its bottom', async () => {
  using dir = scratch();
  mkdirSync(`${dir.path}/from`);
  makeDeepTree(`${dir.path}/from`);
  await copyTree(`${dir.path}/from`, `${dir.path}/to`);
  expect(readDeepTree(`${dir.path}/to`)).toBe('far down');
});

test('a directory of ten thousand files lets timers run while it is copied', async () => {
  using dir = scratch();
  mkdirSync(`${dir.path}/from`);
  for (let index = 0; index < 10_000; index += 1) writeFileSync(`${dir.path}/from/${index}`, '');
  let ticks = 0;
  const timer = setInterval(() => {
    ticks += 1;
  }, 1);
  const told: number[] = [];
  await copyTree(`${dir.path}/from`, `${dir.path}/to`, { onProgress: ({ entries }) => told.push(entries) });
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(5);
  expect(told.at(-1)).toBe(10_000);
  expect(told).toEqual([...told].sort((a, b) => a - b));
  expect(readdirSync(`${dir.path}/to`)).toHaveLength(10_000);
});

test('a target with anything in it is refused with ENOTEMPTY and left alone', async () => {
  using dir = scratch();
  mkdirSync(`${dir.path}/from`);
  mkdirSync(`${dir.path}/to`);
  writeFileSync(`${dir.path}/to/mine`, 'mine');
  await expect(copyTree(`${dir.path}/from`, `${dir.path}/to`)).rejects.toMatchObject({ code: 'ENOTEMPTY' });
  expect(readdirSync(`${dir.path}/to`)).toEqual(['mine']);
});

test('a missing original fails with ENOENT and a file with ENOTDIR, making nothing', async () => {
  using dir = scratch();
  writeFileSync(`${dir.path}/file`, '');
  await expect(copyTree(`${dir.path}/none`, `${dir.path}/to`)).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(copyTree(`${dir.path}/file`, `${dir.path}/to`)).rejects.toMatchObject({ code: 'ENOTDIR' });
  expect(existsSync(`${dir.path}/to`)).toBe(false);
});

test('a copy into the original itself is refused with EINVAL and makes nothing', async () => {
  using dir = scratch();
  mkdirSync(`${dir.path}/from/inner`, { recursive: true });
  symlinkSync('from/inner', `${dir.path}/alias`);
  for (const to of ['from', 'from/copy', 'from/inner/copy', 'alias/copy']) {
    await expect(copyTree(`${dir.path}/from`, `${dir.path}/${to}`)).rejects.toMatchObject({ code: 'EINVAL' });
  }
  expect(snapshot(`${dir.path}/from`)).toHaveProperty('/inner');
  expect(readdirSync(`${dir.path}/from/inner`)).toEqual([]);
  await copyTree(`${dir.path}/from`, `${dir.path}/from-beside`);
});

test('an abort ends the copy with ABORTED', async () => {
  using dir = scratch();
  mkdirSync(`${dir.path}/from`);
  for (let index = 0; index < 3000; index += 1) writeFileSync(`${dir.path}/from/${index}`, '');
  const controller = new AbortController();
  const copying = copyTree(`${dir.path}/from`, `${dir.path}/to`, {
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  await expect(copying).rejects.toMatchObject({ code: 'ABORTED' });
});

test('a failure at any point is told and closes every descriptor', async () => {
  using dir = scratch();
  mkdirSync(`${dir.path}/from`);
  makeDeepTree(`${dir.path}/from`);
  writeFileSync(`${dir.path}/from/big`, Buffer.alloc(1 << 20));
  await copyTree(`${dir.path}/from`, `${dir.path}/to0`);
  const descriptors = readdirSync('/proc/self/fd').length;
  for (let point = 1; ; point += 7) {
    const handler = faultHandler({ call: '*', count: point, effect: 'EIO' });
    setFaultHandler(handler);
    const outcome = await copyTree(`${dir.path}/from`, `${dir.path}/to${point}`).catch((error: unknown) => error);
    if (handler.passed() < point) break;
    expect(outcome).toMatchObject({ code: 'EIO' });
  }
  expect(readdirSync('/proc/self/fd')).toHaveLength(descriptors);
});
