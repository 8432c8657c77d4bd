import { isStorageError, throwIfAborted } from '@graphdriver/core';
import { filesystemOf } from '@graphdriver/host';
import { type FilesystemType, filesystemInFile, type LoopFilesystem } from '@graphdriver/testkit';
import { type BenchCase, isOnGround } from './bench-case.ts';
import { bytesOf } from './case-cost.ts';
import { formatBytes } from './format-units.ts';
import { filesOfAll } from './ground-case.ts';

/** All that {@link makePlaces} can make. */
export const FILE_SYSTEMS: readonly FilesystemType[] = ['ext4', 'xfs', 'btrfs', 'zfs'];

/** Milliseconds to wait for others on this machine who use zfs-fuse, of which there can be one. */
const PATIENCE = 60_000;

const GIBIBYTE = 1024 ** 3;

/** How large a file system has to be for cases that may write `budget` bytes each: two copies of the grid's files, that, and some room. */
export function placeBytes(cases: readonly BenchCase[], budget: number): number {
  const image = bytesOf(filesOfAll(cases.filter(isOnGround)));
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
  /** Makes a file system in a file also of the type that the directory lies on: its device then counts for nobody else. */
  readonly isolated?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Finds a place on each of the file systems: the directory itself where it lies on one of that type, and a sparse file elsewhere, with
 * direct I/O, so that nothing is kept in memory twice.
 * What cannot be made here is in `missing`. Leaves nothing behind when it fails.
 *
 * @throws {StorageError} `ABORTED`
 */
export async function makePlaces(types: readonly FilesystemType[], options: PlaceOptions): Promise<BenchPlaces> {
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
      if (name === type && options.isolated !== true) {
        places.push({ label: type, directory: options.directory });
        continue;
      }
      const loop = freeBytes < options.size ? tooSmall(options, freeBytes) : await makeLoop(type, options);
      if (typeof loop === 'string') {
        missing.push({ label: type, reason: loop });
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

/** The file system, or why there is none, as a sentence. */
async function makeLoop(type: FilesystemType, { directory, size }: PlaceOptions): Promise<LoopFilesystem | string> {
  try {
    return await filesystemInFile({ type, size, directory, directIo: true, patience: PATIENCE });
  } catch (error) {
    if (isStorageError(error)) return error.message;
    throw error;
  }
}

function tooSmall({ directory, size }: PlaceOptions, free: number): string {
  return `A file system of ${formatBytes(size)} does not fit into ${directory}, where ${formatBytes(free)} are free.`;
}
