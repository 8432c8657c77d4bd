import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMounter } from '@graphdriver/host';
import { loopFilesystem, loopFilesystemReason, machineLock, privilegeReason } from '@graphdriver/testkit';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Metadata } from '../src/metadata/metadata.ts';
import { openStore } from '../src/open-store.ts';
import { type Subject, scratchFolder, subjects } from './support/opened-store.ts';
import { archiveOf } from './support/tar-files.ts';

const MIB = 1024 * 1024;
/** Others may have the machine for minutes. */
const PATIENCE = 900_000;
const reason = await loopFilesystemReason('ext4');

describe.each(subjects)('a full disk, over %s', (_name, { module, reason: unsuitable }: Subject) => {
  test.skipIf(unsuitable !== null || reason !== null)(
    'refuses what is new with OUT_OF_SPACE, and lets everything be removed',
    async () => {
      await using _machine = await machineLock();
      await using disk = await loopFilesystem({ type: 'ext4', size: 64 * MIB });
      const open = async () => {
        const driver = await module.open({ root: join(disk.path, 'layers') });
        return await openStore({ root: join(disk.path, 'store'), driver, ownsDriver: true });
      };
      const files = join(disk.path, 'files');
      mkdirSync(files);
      writeFileSync(join(files, 'file'), randomBytes(100_000));
      {
        await using store = await open();
        await store.images.importFolder(files, { reference: 'base' });
        await store.containers.create('base', { name: 'there' });
        writeFileSync(join(files, 'large'), randomBytes(36 * MIB));
        await expect(store.images.importFolder(files)).rejects.toMatchObject({ code: 'OUT_OF_SPACE' });
        fill(disk.path);
        const noise = archiveOf(randomBytes(10_000));
        await expect(store.images.load(noise())).rejects.toMatchObject({ name: 'StorageError' });
        await expect(store.images.importFolder(files)).rejects.toMatchObject({ code: 'OUT_OF_SPACE' });
        expect(store.images.list()).toHaveLength(1);
        await store.containers.remove('there');
      }
      await using store = await open();
      expect(store.containers.list()).toEqual([]);
      await store.images.remove('base');
      expect(store.layers.list()).toEqual([]);
      expect(await store.driver.list()).toEqual([]);
    },
    PATIENCE,
  );
});

test.skipIf(privilegeReason() !== null).each(['this thread', 'another thread'])(
  'a change of the books in %s, for which there is no room, fails with OUT_OF_SPACE, and the next one is made',
  async (thread) => {
    const folder = scratchFolder();
    await createMounter().mount({ type: 'tmpfs', source: 'tmpfs', target: folder, options: [['size', '2m']] });
    const metadata = Metadata.open(join(folder, 'db'));
    onTestFinished(() => metadata.close());
    const table = metadata.opening(() => metadata.table<string>('texts'));
    if (thread === 'this thread') metadata.expect();
    const fillUp = async (): Promise<void> => {
      for (let at = 0; ; at++) await metadata.change(() => table.put(`${at}`, 'x'.repeat(50_000)));
    };
    await expect(fillUp()).rejects.toMatchObject({ code: 'OUT_OF_SPACE' });
    const before = table.size;
    expect(before).toBeGreaterThan(10);
    await metadata.change(() => table.remove('0'));
    expect(table.size).toBe(before - 1);
  },
);

/** Takes every byte and every inode that there is. */
function fill(folder: string): void {
  for (const size of [MIB, 4096, 0]) {
    try {
      for (let at = 0; ; at++) writeFileSync(join(folder, `fill-${size}-${at}`), Buffer.alloc(size));
    } catch {
      // Now nothing of this size fits any more.
    }
  }
}
