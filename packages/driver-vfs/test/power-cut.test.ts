import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, syncDirectory } from '@graphdriver/host';
import { loopFilesystem, loopFilesystemReason, machineLock, requireOrSkip } from '@graphdriver/testkit';
import { expect, test } from 'vitest';
import { vfs } from '../src/index.ts';
import { write } from './fixture/stage.mjs';

const FILES = Array.from({ length: 50 }, (_, index) => `file-${index}`);

// Without reflink, for a copy that shares blocks has its content at once.
const MKFS = { ext4: ['-q'], xfs: ['-q', '-m', 'reflink=0'] } as const;

const CONTENT = Buffer.alloc(40_000, 'content');

/**
 * Makes a file system in a file on a reflinking one, and runs `before` in it; then clones the file while it is mounted and busy, which is what
 * a loss of power leaves on a disk, and runs `after` in the clone.
 */
async function cutPower(
  type: 'ext4' | 'xfs',
  before: (folder: string) => Promise<void>,
  after: (folder: string) => Promise<void>,
): Promise<void> {
  await using _lock = await machineLock();
  await using disk = await loopFilesystem({ type: 'xfs', size: 1 << 30 });
  const [image, clone] = [join(disk.path, 'image'), join(disk.path, 'clone')];
  writeFileSync(image, '');
  await run('truncate', ['--size=320M', image]);
  await run(`mkfs.${type}`, [...MKFS[type], image], { timeout: 120_000 });
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

// Whoever else has the machine may keep it for minutes.
const TIMEOUT = 600_000;

test.for(['ext4', 'xfs'] as const)(
  'after a power cut a new layer on %s is there wholly or not at all',
  { timeout: TIMEOUT },
  async (type, context) => {
    const reason = requireOrSkip('vfs', (await loopFilesystemReason('xfs')) ?? (await loopFilesystemReason(type)));
    if (reason !== null) return context.skip(reason);
    const torn: string[] = [];
    await cutPower(
      type,
      async (folder) => {
        await using driver = await vfs.open({ root: join(folder, 'root') });
        await driver.create('base');
        await write(driver, 'base', (path) => {
          for (const name of FILES) writeFileSync(join(path, name), CONTENT);
        });
        await driver.commit('base');
        for (const id of ['recorded', 'unrecorded']) await driver.create(id, { parent: 'base' });
        // Brings the names of all copied files to the disk, and the content of none.
        await syncDirectory(join(folder, 'root/.graphdriver/records'));
      },
      async (folder) => {
        const root = join(folder, 'root');
        torn.push(...FILES.filter((name) => !readFileSync(join(root, 'recorded/fs', name)).equals(CONTENT)));
        writeFileSync(join(root, '.graphdriver/boot'), 'another boot');
        await using driver = await vfs.open({ root });
        for (const { id } of await driver.list()) {
          for (const name of FILES)
            expect(readFileSync(join(root, id, 'fs', name)).equals(CONTENT), `${id} ${name}`).toBe(true);
        }
        expect((await driver.list()).map(({ id }) => id)).toContain('recorded');
        expect(await driver.changes('recorded')).toEqual([]);
      },
    );
    // Otherwise the cut came too late to show anything.
    expect(torn).not.toEqual([]);
  },
);

test.for(['ext4', 'xfs'] as const)(
  'after a power cut a fork on %s is there with all that its source had, or not at all',
  { timeout: TIMEOUT },
  async (type, context) => {
    const reason = requireOrSkip('vfs', (await loopFilesystemReason('xfs')) ?? (await loopFilesystemReason(type)));
    if (reason !== null) return context.skip(reason);
    await cutPower(
      type,
      async (folder) => {
        await using driver = await vfs.open({ root: join(folder, 'root') });
        await driver.create('source');
        await write(driver, 'source', (path) => {
          for (const name of FILES) writeFileSync(join(path, name), CONTENT);
        });
        for (const id of ['recorded', 'unrecorded']) await driver.create(id, { forkOf: 'source' });
        // What its owner writes from now on is the source's affair.
        await write(driver, 'source', (path) => {
          for (const name of FILES) writeFileSync(join(path, name), 'other words');
        });
        await syncDirectory(join(folder, 'root/.graphdriver/records'));
      },
      async (folder) => {
        const root = join(folder, 'root');
        writeFileSync(join(root, '.graphdriver/boot'), 'another boot');
        await using driver = await vfs.open({ root });
        const forks = (await driver.list()).map(({ id }) => id).filter((id) => id !== 'source');
        expect(forks).toContain('recorded');
        for (const id of forks) {
          for (const name of FILES)
            expect(readFileSync(join(root, id, 'fs', name)).equals(CONTENT), `${id} ${name}`).toBe(true);
        }
      },
    );
  },
);
