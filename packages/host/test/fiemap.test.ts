import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sharedBytes, sharesAllBlocks } from '../src/index.ts';
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
