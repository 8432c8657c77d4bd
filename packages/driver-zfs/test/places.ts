import {
  machineLock,
  requireOrSkip,
  scratchRoot,
  type ZfsFusePool,
  zfsFusePool,
  zfsReason,
} from '@graphdriver/testkit';
import { openZfs } from '@graphdriver/zfs-cli-wrapper';

/** A pool, until it is disposed of. */
export interface Place extends AsyncDisposable {
  readonly pool: string;
  /** Where its first filesystem is mounted. */
  readonly path: string;
  /** A directory on another file system, gone with the place. */
  readonly directory: string;
  readonly flavour: 'openzfs' | 'zfs-fuse';
  /** The daemon, where there is one. */
  readonly daemon: ZfsFusePool | undefined;
}

/** An existing pool, given by GRAPHDRIVER_ZFS_POOL, is used before zfs-fuse is started: so the tests run on OpenZFS too. */
const given = process.env['GRAPHDRIVER_ZFS_POOL'];

/** The pool is somebody's, and stays where it is. */
export const IS_GIVEN: boolean = given !== undefined;

/** The name of the pool. */
export const POOL: string = given ?? 'gdtest';

/** Why there cannot be one, or `null` where there can. */
export async function placeReason(): Promise<string | null> {
  return given === undefined ? requireOrSkip('zfs', await zfsReason()) : null;
}

/** Makes one of zfs-fuse, or takes the one that is given, with the machine to itself. */
export async function makePlace(size: number = 512 << 20): Promise<Place> {
  const lock = await machineLock();
  try {
    const place = given === undefined ? await zfsFusePlace(size) : await givenPlace(given);
    return {
      ...place,
      async [Symbol.asyncDispose]() {
        await place[Symbol.asyncDispose]();
        await lock[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}

async function zfsFusePlace(size: number): Promise<Place> {
  const daemon = await zfsFusePool({ size, name: POOL });
  const { name, path, directory } = daemon;
  const dispose = async (): Promise<void> => void (await daemon[Symbol.asyncDispose]());
  return { pool: name, path, directory, flavour: 'zfs-fuse', daemon, [Symbol.asyncDispose]: dispose };
}

async function givenPlace(pool: string): Promise<Place> {
  const { datasets, version } = await openZfs();
  const { mountpoint: path = '' } = await datasets.get(pool);
  const scratch = await scratchRoot('graphdriver-zfs-');
  const dispose = async (): Promise<void> => void (await scratch[Symbol.asyncDispose]());
  const { flavour } = version;
  return { pool, path, directory: scratch.path, flavour, daemon: undefined, [Symbol.asyncDispose]: dispose };
}
