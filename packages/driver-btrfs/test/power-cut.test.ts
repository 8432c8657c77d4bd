import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Driver } from '@graphdriver/core';
import { createSubvolume, run, syncDirectory } from '@graphdriver/host';
import { loopFilesystem, loopFilesystemReason, machineLock, requireOrSkip } from '@graphdriver/testkit';
import { expect, test } from 'vitest';
import { btrfs } from '../src/index.ts';

const FILES = ['file', 'other', 'nested/small', 'nested/large'];
const reason = requireOrSkip('btrfs', (await loopFilesystemReason('xfs')) ?? (await loopFilesystemReason('btrfs')));

/**
 * Makes a btrfs in a file on a reflinking file system, and runs `before` in it; then clones the file while it is mounted and busy, which is
 * what a loss of power leaves on a disk, and runs `after` in the clone.
 */
async function cutPower(
  before: (folder: string) => Promise<void>,
  after: (folder: string) => Promise<void>,
): Promise<void> {
  await using _lock = await machineLock();
  await using disk = await loopFilesystem({ type: 'xfs', size: 1 << 30 });
  const [image, clone] = [join(disk.path, 'image'), join(disk.path, 'clone')];
  writeFileSync(image, '');
  await run('truncate', ['--size=512M', image]);
  await run('mkfs.btrfs', ['-q', image], { timeout: 120_000 });
  await mounted(image, join(disk.path, 'before'), async (folder) => {
    await before(folder);
    await run('cp', ['--reflink=always', image, clone]);
  });
  await mounted(clone, join(disk.path, 'after'), after);
}

async function mounted(image: string, at: string, use: (folder: string) => Promise<void>): Promise<void> {
  mkdirSync(at);
  // The clone has the same UUID, but is mounted after the original was unmounted.
  await run('mount', ['-o', 'loop', image, at]);
  try {
    await use(at);
  } finally {
    await run('umount', [at]);
  }
}

async function within(driver: Driver, id: string, edit: (root: string) => void | Promise<void>): Promise<void> {
  await using mount = await driver.get(id);
  await edit(mount.path);
}

/** Small files lie in the file system's trees and large ones do not. */
function contentOf(name: string, of: string): Buffer {
  return Buffer.alloc(name.endsWith('small') ? 10 : 300_000, of);
}

test.skipIf(reason !== null)(
  `after a power cut a fork is there with all that its source had, or not at all${reason === null ? '' : `: ${reason}`}`,
  async () => {
    await cutPower(
      async (folder) => {
        await using driver = await btrfs.open({ root: join(folder, 'root') });
        await driver.create('source');
        await within(driver, 'source', async (root) => {
          await createSubvolume(join(root, 'nested'));
          for (const name of FILES) writeFileSync(join(root, name), contentOf(name, 'before'));
        });
        for (const id of ['recorded', 'unrecorded']) await driver.create(id, { forkOf: 'source' });
        // What its owner writes from now on is the source's affair.
        await within(driver, 'source', (root) => {
          for (const name of FILES) writeFileSync(join(root, name), contentOf(name, 'after'));
        });
        // Brings all records to the disk, and nothing else.
        await syncDirectory(join(folder, 'root/.graphdriver/records'));
        await driver.create('late', { forkOf: 'source' });
      },
      async (folder) => {
        const root = join(folder, 'root');
        writeFileSync(join(root, '.graphdriver/boot'), 'another boot');
        await using driver = await btrfs.open({ root });
        const ids = (await driver.list()).map(({ id }) => id);
        expect(ids).toEqual(expect.arrayContaining(['recorded', 'unrecorded']));
        for (const id of ids.filter((other) => other !== 'source')) {
          const of = id === 'late' ? 'after' : 'before';
          await within(driver, id, (view) => {
            for (const name of FILES)
              expect(readFileSync(join(view, name)).equals(contentOf(name, of)), `${name} in ${id}`).toBe(true);
          });
        }
      },
    );
  },
  600_000,
);
