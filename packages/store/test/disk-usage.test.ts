import { randomBytes } from 'node:crypto';
import { mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { syncFilesystem } from '@graphdriver/host';
import { loopFilesystem, loopFilesystemReason, machineLock } from '@graphdriver/testkit';
import { describe, expect, test } from 'vitest';
import { openStore } from '../src/open-store.ts';
import { type Subject, subjects } from './support/opened-store.ts';

const MIB = 1024 * 1024;
/** Others may have the machine for minutes. */
const PATIENCE = 900_000;
const reason = await loopFilesystemReason('ext4');

describe.each(subjects)('the disk usage over %s', (_name, { module, reason: unsuitable }: Subject) => {
  test.skipIf(unsuitable !== null || reason !== null)(
    'is what is free again when everything is removed',
    async () => {
      await using _machine = await machineLock();
      await using disk = await loopFilesystem({ type: 'ext4', size: 600 * MIB });
      const driver = await module.open({ root: join(disk.path, 'layers') });
      await using store = await openStore({ root: join(disk.path, 'store'), driver, ownsDriver: true });
      const files = join(disk.path, 'files');
      for (let folder = 0; folder < 20; folder++) {
        mkdirSync(join(files, `${folder}`), { recursive: true });
        for (let file = 0; file < 20; file++) writeFileSync(join(files, `${folder}/${file}`), randomBytes(20_000));
      }
      await store.images.importFolder(files, { reference: 'base' });
      for (let at = 0; at < 4; at++) {
        const { id, folder } = await store.containers.create('base');
        await using mount = await store.containers.mount(id);
        writeFileSync(join(mount.path, 'more'), randomBytes(3_000_000));
        mkdirSync(folder);
        writeFileSync(join(folder, 'log'), randomBytes(300_000));
      }
      await store.containers.commit(store.containers.list()[0]?.name ?? '', { reference: 'upper' });
      await store.containers.fork(store.containers.list()[1]?.name ?? '');
      writeFileSync(join(store.volumes.create('data').path, 'file'), randomBytes(2_000_000));

      const { images, containers, volumes, buildCache, containerFolders } = await store.df();
      const told = [images, containers, volumes, buildCache].reduce((sum, { total }) => sum + total, containerFolders);
      const before = await freeBytes(disk.path);
      for (const { id } of store.containers.list()) await store.containers.remove(id);
      await store.prune({ all: true });
      await store.volumes.remove('data');
      const freed = (await freeBytes(disk.path)) - before;
      expect(store.layers.list()).toEqual([]);
      expect(freed).toBeGreaterThan(20 * MIB);
      expect(Math.abs(told - freed)).toBeLessThan(Math.max(MIB, freed * 0.02));
    },
    PATIENCE,
  );
});

async function freeBytes(path: string): Promise<number> {
  await syncFilesystem(path);
  const { bfree, bsize } = statfsSync(path);
  return bfree * bsize;
}
