import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { type Driver, StorageError } from '@graphdriver/core';
import { createSubvolume, run, syncFilesystem } from '@graphdriver/host';
import { buildImage, type ImageFile } from '../bench-image.ts';
import type { OnceOperation } from '../sampler.ts';
import { bareSnapshotsOf } from './bare-snapshots.ts';
import { driverLife } from './life-rows.ts';
import type { RowReading } from './row.ts';
import { onBtrfs, onZfs, type PoolPlace, type RowDriver } from './row-driver.ts';
import type { RowPlace } from './row-place.ts';
import { type RowProgram, type RowStage, sampling } from './row-stage.ts';
import { samplePairs } from './sample-pairs.ts';

const WARM_UPS = 10;

/** Milliseconds between two tries to destroy what is busy. */
const PAUSE = 10;
const TRIES = 100;

const FILES: readonly ImageFile[] = [{ path: 'etc/hostname', size: 64 }];

/** A container's life against the two calls that make and destroy a snapshot. */
export const btrfsLifeRow: RowProgram = {
  row: {
    id: 'btrfs/life',
    title: 'life of a container, btrfs',
    unit: 'times',
    target: 2,
    ours: 'create, get, put, remove',
    theirs: 'snapshot and delete by ioctl',
    why:
      'create, get, put and remove of a container on an image of one layer, against the two calls BTRFS_IOC_SNAP_CREATE_V2 and ' +
      'BTRFS_IOC_SNAP_DESTROY on a subvolume with the same file. The reference mounts nothing, keeps no books and takes no locks. ' +
      'Making a snapshot waits for a transaction in both. syncfs comes before each sample.',
  },
  refusal: onBtrfs.refusal,
  measure: (stage) => measureLife(stage, onBtrfs, bareSnapshots),
};

/** The same against the commands of ZFS. */
export const zfsLifeRow: RowProgram = {
  row: {
    id: 'zfs/life',
    title: 'life of a container, zfs',
    unit: 'times',
    target: 1.3,
    ours: 'create, get, put, remove',
    theirs: 'the bare commands',
    why:
      'create, get, put and remove of a container on an image of one layer, against the commands that a life cannot do without, ' +
      'each started as ours are: zfs clone, which on zfs-fuse mounts whatever it is told, and umount; zfs mount and umount; zfs destroy, again after 10 ms where the dataset is busy. ' +
      'The reference keeps no books, takes no locks, says nothing about the dataset but where it is mounted, and asks for nothing.',
  },
  refusal: onZfs.refusal,
  measure: (stage) => measureLife(stage, onZfs, bareClones),
};

type ReferenceLife<Place> = (place: Place, signal: AbortSignal) => Promise<OnceOperation<unknown>>;

async function measureLife<Place extends RowPlace>(
  stage: RowStage,
  of: RowDriver<Place>,
  reference: ReferenceLife<Place>,
): Promise<RowReading[]> {
  const { seed, signal, sizes } = stage;
  await using place = await of.place(stage);
  await using driver: Driver = await of.open(place);
  await using image = await buildImage(driver, { name: 'image', layers: 1, files: FILES, seed, signal });
  const theirs = await reference(place, signal);
  const pairs = of.pairs(sizes);
  return await samplePairs(driverLife(driver, image.top), theirs, sampling(stage, pairs, Math.min(WARM_UPS, pairs)));
}

async function bareSnapshots({ path }: RowPlace): Promise<OnceOperation<string>> {
  const source = `${path}/bare`;
  await createSubvolume(source);
  fill(source);
  return bareSnapshotsOf(source, path);
}

interface BareClone {
  readonly dataset: string;
  readonly mountpoint: string;
}

async function bareClones(
  { path, dataset: parent }: PoolPlace,
  signal: AbortSignal,
): Promise<OnceOperation<BareClone>> {
  const zfs = (...args: readonly string[]): Promise<unknown> => run('zfs', args, { signal });
  const [source, snapshot] = [`${parent}/bare`, `${parent}/bare@one`];
  await zfs('create', source);
  fill(`${path}/bare`);
  await zfs('snapshot', snapshot);
  return {
    async prepare(index) {
      await syncFilesystem(path);
      return { dataset: `${parent}/bare-${index}`, mountpoint: `${path}/bare-${index}` };
    },
    async measure({ dataset, mountpoint }) {
      await zfs('clone', '-o', 'canmount=noauto', '-o', `mountpoint=${mountpoint}`, snapshot, dataset);
      await run('umount', [mountpoint], { signal });
      await zfs('mount', dataset);
      await run('umount', [mountpoint], { signal });
      await destroyPatiently(dataset, signal);
    },
    release: async () => undefined,
  };
}

/** The daemon needs a moment after an umount, in which all that there is to do is to ask again. */
async function destroyPatiently(dataset: string, signal: AbortSignal): Promise<void> {
  const isBusy = async (): Promise<boolean> => {
    const { stderr, exitCode } = await run('zfs', ['destroy', dataset], { signal, okExitCodes: [0, 1] });
    if (exitCode === 0 || stderr.includes('busy')) return exitCode !== 0;
    throw new StorageError('COMMAND_FAILED', `${dataset} could not be destroyed: ${stderr.trim()}`);
  };
  for (let tries = 1; await isBusy(); tries += 1) {
    if (tries === TRIES) throw new StorageError('COMMAND_FAILED', `${dataset} stays busy.`);
    await setTimeout(PAUSE, undefined, { signal });
  }
}

function fill(root: string): void {
  mkdirSync(`${root}/etc`);
  writeFileSync(`${root}/etc/hostname`, Buffer.alloc(64, 'x'));
}
