import { closeSync, constants, openSync, readSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { machineLock, scratchRoot } from '@graphdriver/testkit';
import { describe, expect, test } from 'vitest';
import { coldCacheReason, dropCaches } from '../src/cold-cache.ts';

const SIZE = 4 * 1024 * 1024;
const reason = coldCacheReason('/');

/** Blocks of 512 bytes that this process had to fetch from a disk while it read the file. */
function blocksRead(path: string): number {
  const before = process.resourceUsage().fsRead;
  const fd = openSync(path, constants.O_RDONLY);
  try {
    const buffer = Buffer.alloc(SIZE);
    expect(readSync(fd, buffer, 0, SIZE, 0)).toBe(SIZE);
  } finally {
    closeSync(fd);
  }
  return process.resourceUsage().fsRead - before;
}

describe('dropCaches', () => {
  test.skipIf(reason !== null)(
    `sends the next reader of a file to the disk${reason === null ? '' : ` (${reason})`}`,
    async () => {
      await using _lock = await machineLock();
      // /var/tmp, because a temporary folder in memory has no disk.
      await using scratch = await scratchRoot('graphdriver-bench-cold-', '/var/tmp');
      const path = `${scratch.path}/file`;
      await writeFile(path, Buffer.alloc(SIZE, 'x'));
      expect(blocksRead(path)).toBe(0);
      await dropCaches(scratch.path);
      expect(blocksRead(path)).toBeGreaterThanOrEqual(SIZE / 512);
    },
  );

  test("is said to be possible or not alike wherever the cache is the kernel's", () => {
    expect(coldCacheReason('/proc')).toBe(reason);
  });
});
