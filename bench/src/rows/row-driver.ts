import type { Driver, DriverModule } from '@graphdriver/core';
import { loopFilesystemReason, zfsFusePool, zfsReason } from '@graphdriver/testkit';
import { loopPlace, type RowPlace } from './row-place.ts';
import type { RowSizes } from './row-sizes.ts';
import type { RowStage } from './row-stage.ts';

/** A driver whose layers are snapshots, and the storage that its rows are measured on. */
export interface RowDriver<Place extends RowPlace = RowPlace> {
  readonly name: string;
  /** Why there can be no such storage here, as a sentence, or `null`. */
  refusal(): Promise<string | null>;
  /** Makes storage that nobody else writes to, of a few gigabytes. */
  place(stage: RowStage): Promise<Place>;
  /** Opens a root of the driver in a place. */
  open(place: Place): Promise<Driver>;
  /** Pairs of the rows that time one or several steps of a layer's life. */
  pairs(sizes: RowSizes): number;
}

/** The driver btrfs, on a fresh file system in a file. */
export const onBtrfs: RowDriver = {
  name: 'btrfs',
  refusal: () => loopFilesystemReason('btrfs'),
  // Images of a gigabyte: what a loop device has yet to write would be waited for by every transaction.
  place: (stage) => loopPlace(stage, 'btrfs', true),
  open: async (place) => openIn((await import('@graphdriver/driver-btrfs')).btrfs, place),
  pairs: ({ pairs }) => Math.ceil(pairs / 3),
};

/** A directory on a pool of its own. */
export interface PoolPlace extends RowPlace {
  /** The dataset that is mounted there. */
  readonly dataset: string;
}

const POOL_BYTES = 4 * 1024 ** 3;

/**
 * The driver zfs, on a pool in a file, of zfs-fuse: OpenZFS needs a module of the kernel.
 *
 * A machine has one such daemon: one that a test has left is stopped, and beside anybody else's there can be no pool.
 */
export const onZfs: RowDriver<PoolPlace> = {
  name: 'zfs',
  refusal: zfsReason,
  async place(stage) {
    const pool = await zfsFusePool({ size: POOL_BYTES, name: 'gdrows' });
    stage.note('On a pool of zfs-fuse in a file.');
    return { path: pool.path, dataset: pool.name, [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose]() };
  },
  open: async (place) => openIn((await import('@graphdriver/driver-zfs')).zfs, place),
  pairs: ({ processPairs }) => processPairs,
};

function openIn(module: DriverModule, { path }: RowPlace): Promise<Driver> {
  return module.open({ root: `${path}/root` });
}
