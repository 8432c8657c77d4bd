import { isStorageError, throwIfAborted } from '@graphdriver/core';
import { filesystemOf } from '@graphdriver/host';
import {
  type LoopType,
  loopFilesystem,
  loopFilesystemReason,
  machineLock,
  zfsFusePool,
  zfsReason,
} from '@graphdriver/testkit';
import { type BenchCase, isCopyUp } from './bench-case.ts';
import { copyUpPath } from './copy-up-image.ts';
import { formatBytes } from './format-units.ts';

/** All that {@link makePlaces} can make. */
export const FILE_SYSTEMS: readonly PlaceType[] = ['ext4', 'xfs', 'btrfs', 'zfs'];

/** A kind of file system; `zfs` is a pool in zfs-fuse. */
export type PlaceType = LoopType | 'zfs';

/** Milliseconds to wait for others on this machine who use zfs-fuse, of which there can be one. */
const PATIENCE = 60_000;

const GIBIBYTE = 1024 ** 3;

/** How large a file system has to be for cases that may write `budget` bytes each: two copies of the grid's files, that, and some room. */
export function placeBytes(cases: readonly BenchCase[], budget: number): number {
  const files = new Map(cases.filter(isCopyUp).map((of) => [copyUpPath(of), of.size]));
  const image = [...files.values()].reduce((sum, size) => sum + size, 0);
  return Math.ceil((2 * image + budget) / GIBIBYTE + 2) * GIBIBYTE;
}

/** A directory to measure in, and what to call it. */
export interface BenchPlace {
  /** As in `xfs`, or a path. */
  readonly label: string;
  readonly directory: string;
}

/** Places, some of which are mounted from files of their own. Disposing of them unmounts those and removes the files. */
export interface BenchPlaces extends AsyncDisposable {
  readonly places: readonly BenchPlace[];
  /** File systems that there is no place on, and why, as sentences. */
  readonly missing: readonly { readonly label: string; readonly reason: string }[];
}

/** Options of {@link makePlaces}. */
export interface PlaceOptions {
  /** The directory that stands for its own file system, and in which the files of the others are made. */
  readonly directory: string;
  /** Bytes of each file system that is made. Its file is sparse: it takes as much as is written. */
  readonly size: number;
  readonly signal?: AbortSignal;
}

/**
 * Finds a place on each of the file systems: the directory itself where it lies on one of that type, and a sparse file elsewhere, with
 * direct I/O, so that nothing is kept in memory twice.
 * What cannot be made here is in `missing`. Leaves nothing behind when it fails.
 *
 * @throws {StorageError} `ABORTED`
 */
export async function makePlaces(types: readonly PlaceType[], options: PlaceOptions): Promise<BenchPlaces> {
  const places: BenchPlace[] = [];
  const missing: { label: string; reason: string }[] = [];
  const made: AsyncDisposable[] = [];
  const dispose = async (): Promise<void> => {
    for (let loop = made.pop(); loop !== undefined; loop = made.pop()) await loop[Symbol.asyncDispose]();
  };
  try {
    for (const type of types) {
      throwIfAborted(options.signal, 'Making a file system');
      const { name, freeBytes } = filesystemOf(options.directory);
      if (name === type) {
        places.push({ label: type, directory: options.directory });
        continue;
      }
      const reason = freeBytes < options.size ? tooSmall(options, freeBytes) : await reasonAgainst(type);
      if (reason !== null) {
        missing.push({ label: type, reason });
        continue;
      }
      const loop = await placeOf(type, options).catch((error: unknown) => {
        if (isStorageError(error)) return error;
        throw error;
      });
      if (loop instanceof Error) {
        missing.push({ label: type, reason: loop.message });
        continue;
      }
      made.push(loop);
      places.push({ label: type, directory: loop.path });
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  return { places, missing, [Symbol.asyncDispose]: dispose };
}

function reasonAgainst(type: PlaceType): Promise<string | null> {
  return type === 'zfs' ? zfsReason() : loopFilesystemReason(type);
}

async function placeOf(
  type: PlaceType,
  { directory, size }: PlaceOptions,
): Promise<AsyncDisposable & { readonly path: string }> {
  if (type !== 'zfs') return loopFilesystem({ type, size, directory, directIo: true });
  const turn = await machineLock({ timeout: PATIENCE });
  const pool = await zfsFusePool({ size, directory }).catch(async (error: unknown) => {
    await turn[Symbol.asyncDispose]();
    throw error;
  });
  return {
    path: pool.path,
    async [Symbol.asyncDispose]() {
      await pool[Symbol.asyncDispose]();
      await turn[Symbol.asyncDispose]();
    },
  };
}

function tooSmall({ directory, size }: PlaceOptions, free: number): string {
  return `A file system of ${formatBytes(size)} does not fit into ${directory}, where ${formatBytes(free)} are free.`;
}
