import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loopFilesystem, loopFilesystemReason, machineLock } from '@graphdriver/testkit';
import { describe, expect, test } from 'vitest';
import { openStore } from '../src/open-store.ts';
import { type Subject, subjects } from './support/opened-store.ts';
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
