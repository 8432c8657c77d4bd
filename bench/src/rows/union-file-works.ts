import { constants, readSync } from 'node:fs';
import { closeFile, createFile, openFile, unlinkFile, writeBytes } from '@graphdriver/host';
import type { OnceOperation } from '../sampler.ts';
import { seededRandom } from '../seeded-random.ts';
import type { RowSizes } from './row-sizes.ts';
import { settle, type UnionImage } from './union-bed.ts';
import type { UnionWork } from './union-row.ts';

const LARGE = 1024 * 1024;
const SMALL = 4096;
const TARGETS = { overlay: 1.3, 'fuse-overlayfs': 1 } as const;
const FILE = 'data/large';

const READ =
  'The file is in the bottom layer of two and has been read before in the same mount, from its first byte to its last. Opening and ' +
  'closing it is in the time.';
const WRITTEN = 'Nothing is synced: it all goes to memory first. Opening and closing the file is in the time.';

/** A large file from its first byte to its last. */
export const readWork: UnionWork<string> = readingWork({
  name: 'read',
  title: 'reading a large file',
  why: `A file of 128 MiB in pieces of 1 MiB, by read(2). ${READ}`,
  passes: wholePasses,
});

/** Small pieces from everywhere in a large file. */
export const readRandomWork: UnionWork<string> = readingWork({
  name: 'read-random',
  title: 'reading a large file at random',
  why: `As many pieces of 4 KiB as would fill a sixteenth of a file of 128 MiB, at places drawn with the seed, by pread(2). ${READ}`,
  passes: atRandom,
});

/** A new large file. */
export const writeWork: UnionWork<string> = {
  name: 'write',
  title: 'writing a large file',
  why: `A new file of 128 MiB in pieces of 1 MiB. ${WRITTEN}`,
  targets: TARGETS,
  image: largeImage,
  pairs: ({ unionPairs }) => unionPairs,
  begin:
    (bed, { sizes }) =>
    (side) => {
      const piece = Buffer.alloc(LARGE, 'x');
      return {
        async prepare(index) {
          await settle(bed);
          return `${(await side.lasting()).path}/new-${index}`;
        },
        measure(path) {
          const fd = createFile(path, 0o644);
          for (let at = 0; at < sizes.unionBytes; at += LARGE) writeBytes(fd, piece, 0, LARGE, at);
          closeFile(fd);
        },
        release: async (path) => unlinkFile(path),
      };
    },
};

/** Small pieces everywhere in a large file. */
export const writeRandomWork: UnionWork<string> = {
  name: 'write-random',
  title: 'writing to a large file at random',
  why:
    'As many pieces of 4 KiB as would fill a sixteenth of a file of 128 MiB, at places drawn with the seed, by pwrite(2), into a file ' +
    `that the container has written before. ${WRITTEN}`,
  targets: TARGETS,
  image: largeImage,
  pairs: ({ unionPairs }) => unionPairs,
  begin:
    (bed, { sizes, seed }) =>
    (side) => {
      const piece = Buffer.alloc(SMALL, 'y');
      return {
        async prepare(index) {
          const path = `${(await side.lasting()).path}/own`;
          if (index < 2) writeWhole(path, sizes.unionBytes);
          await settle(bed);
          return path;
        },
        measure(path) {
          const fd = openFile(path, constants.O_WRONLY);
          atRandom(sizes.unionBytes, (bytes, at) => writeBytes(fd, piece, 0, bytes, at), seed);
          closeFile(fd);
        },
        release: async () => undefined,
      };
    },
};

type Reader = (bytes: number, at: number) => void;
/** Reads of a file of `size` bytes what it will. */
type Passes = (size: number, read: Reader, seed: number) => void;

function readingWork(
  about: Pick<UnionWork<string>, 'name' | 'title' | 'why'> & { readonly passes: Passes },
): UnionWork<string> {
  const { passes, ...rest } = about;
  return {
    ...rest,
    targets: TARGETS,
    image: largeImage,
    pairs: ({ unionPairs }) => 2 * unionPairs,
    begin:
      (bed, { sizes, seed }) =>
      (side): OnceOperation<string> => {
        const buffer = Buffer.alloc(LARGE);
        const read = (path: string, pass: Passes): void => {
          const fd = openFile(path, constants.O_RDONLY);
          pass(sizes.unionBytes, (bytes, at) => readSync(fd, buffer, 0, bytes, at), seed);
          closeFile(fd);
        };
        return {
          async prepare(index) {
            const path = `${(await side.lasting()).path}/${FILE}`;
            // Else a cache that only holds what was asked for has it in memory in the order in which it is asked for again.
            if (index < 2) read(path, wholePasses);
            await settle(bed);
            return path;
          },
          measure: (path) => read(path, passes),
          release: async () => undefined,
        };
      },
  };
}

function wholePasses(size: number, read: Reader): void {
  for (let at = 0; at < size; at += LARGE) read(LARGE, at);
}

/** Calls with whole pieces of 4 KiB until as many have been drawn as would fill a sixteenth of the file. */
function atRandom(size: number, piece: Reader, seed: number): void {
  const random = seededRandom(seed);
  const pieces = Math.floor(size / SMALL);
  for (let number = 0; number < pieces / 16; number += 1) piece(SMALL, Math.floor(random() * pieces) * SMALL);
}

function writeWhole(path: string, size: number): void {
  const fd = createFile(path, 0o644);
  const piece = Buffer.alloc(LARGE, 'z');
  for (let at = 0; at < size; at += LARGE) writeBytes(fd, piece, 0, LARGE, at);
  closeFile(fd);
}

/** The file in the bottom layer, and something small in the one above. */
function largeImage({ unionBytes }: RowSizes): UnionImage {
  return [[{ path: FILE, size: unionBytes }], [{ path: 'data/small', size: 64 }]];
}
