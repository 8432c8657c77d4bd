import { statfsSync } from 'node:fs';
import { type Driver, throwIfAborted } from '@graphdriver/core';
import { syncFilesystem } from '@graphdriver/host';
import { loopFilesystemReason } from '@graphdriver/testkit';
import { buildImage } from '../bench-image.ts';
import type { Row, RowReading } from './row.ts';
import { loopPlace } from './row-place.ts';
import type { RowProgram, RowStage } from './row-stage.ts';

const ROUNDS = 2;
const WHY =
  'What statfs(2) says is free on a fresh ext4 file system, synced, before and after many containers are made on an image of one ' +
  'layer, divided by their number: directories, records and all. Inodes are not in it, for ext4 sets them aside when it is made.';

/** What a container that was only made takes. */
export const diskCreatedRow: RowProgram = diskRow(
  { id: 'disk-per-container/created', title: 'disk per container that was created, overlay2', ours: 'create' },
  async (driver, id, parent) => {
    await driver.create(id, { parent });
  },
);

/** What a container takes that has been mounted once. */
export const diskUsedRow: RowProgram = diskRow(
  {
    id: 'disk-per-container/mounted',
    title: 'disk per container that was mounted once, overlay2',
    ours: 'create, get, put',
  },
  async (driver, id, parent) => {
    await driver.create(id, { parent });
    const mount = await driver.get(id);
    await mount.put();
  },
);

type MakeContainer = (driver: Driver, id: string, parent: string) => Promise<void>;

function diskRow(about: Pick<Row, 'id' | 'title' | 'ours'>, make: MakeContainer): RowProgram {
  return {
    row: { ...about, unit: 'bytes', target: 16 * 1024, theirs: null, why: WHY },
    refusal: () => loopFilesystemReason('ext4'),
    async measure(stage) {
      const readings: RowReading[] = [];
      for (let pair = 0; pair < ROUNDS; pair += 1) {
        readings.push({ side: 'ours', pair, value: await bytesPerContainer(stage, make, pair) });
      }
      return readings;
    },
  };
}

async function bytesPerContainer(stage: RowStage, make: MakeContainer, round: number): Promise<number> {
  const { overlay2 } = await import('@graphdriver/driver-overlay2');
  const { containers } = stage.sizes;
  await using place = await loopPlace(stage, 'ext4');
  await using driver = await overlay2.open({ root: `${place.path}/root` });
  const { seed, signal } = stage;
  await using image = await buildImage(driver, { name: 'image', layers: 1, files: [], seed, signal });
  const before = await freeBytes(place.path);
  for (let number = 0; number < containers; number += 1) {
    throwIfAborted(signal, 'Making containers');
    stage.progress((round + number / containers) / ROUNDS);
    await make(driver, `container-${number}`, image.top);
  }
  const taken = before - (await freeBytes(place.path));
  for (const { id } of (await driver.list()).toReversed()) if (id !== image.top) await driver.remove(id);
  return taken / containers;
}

/** Free blocks change until what was written has its place on the disk. */
async function freeBytes(path: string): Promise<number> {
  await syncFilesystem(path);
  const { bfree, bsize } = statfsSync(path);
  return bfree * bsize;
}
