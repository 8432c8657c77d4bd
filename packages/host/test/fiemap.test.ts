import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commonBytes, sharedBytes, sharesAllBlocks } from '../src/index.ts';
import { loopMount, machineLock, scratch } from './scratch.ts';

const usable = process.getuid?.() === 0 && existsSync('/usr/sbin/mkfs.xfs') && existsSync('/dev/loop-control');
const MEBIBYTE = 1 << 20;

test.skipIf(!usable).each(['xfs', 'btrfs'] as const)(
  'on %s a clone shares all blocks with its original, until a byte of either is written, synced or not',
  async (type) => {
    using _lock = await machineLock();
    using place = scratch();
    const root = loopMount(place.path, type);
    const [original, clone, copy] = ['original', 'clone', 'copy'].map((name) => join(root, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(original, Buffer.alloc(4 * MEBIBYTE, 7));
    execFileSync('cp', ['--reflink=always', original, clone]);
    execFileSync('cp', ['--reflink=never', original, copy]);
    expect([sharesAllBlocks(original, clone), sharesAllBlocks(original, copy)]).toEqual([true, false]);
    expect(sharedBytes(original)).toBe(4 * MEBIBYTE);
    const fd = openSync(clone, 'r+');
    writeSync(fd, 'x', 2 * MEBIBYTE);
    expect(sharesAllBlocks(original, clone)).toBe(false);
    closeSync(fd);
  },
);

test.skipIf(!usable).each(['xfs', 'btrfs'] as const)(
  'on %s two files have in common what both share with each other, wherever it lies in them, and not what they share with a third',
  async (type) => {
    using _lock = await machineLock();
    using place = scratch();
    const root = loopMount(place.path, type);
    const [one, other, third] = ['one', 'other', 'third'].map((name) => join(root, name)) as [string, string, string];
    for (const [file, byte] of [
      [one, 1],
      [other, 2],
    ] as const)
      writeFileSync(file, Buffer.alloc(2 * MEBIBYTE, byte));
    execFileSync('cp', ['--reflink=always', one, third]);
    expect([commonBytes(one, third), commonBytes(one, other)]).toEqual([2 * MEBIBYTE, 0]);
    const clone = ['-c', `reflink ${one} 0 3M 1M`, other];
    execFileSync('xfs_io', clone);
    expect([commonBytes(one, other), commonBytes(other, one)]).toEqual([MEBIBYTE, MEBIBYTE]);
    expect(commonBytes(other, third)).toBe(MEBIBYTE);
    const fd = openSync(third, 'r+');
    writeSync(fd, Buffer.alloc(MEBIBYTE, 3));
    expect(commonBytes(other, third)).toBe(0);
    expect(commonBytes(one, third)).toBe(MEBIBYTE);
    closeSync(fd);
  },
);
