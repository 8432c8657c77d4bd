import { lstatSync } from 'node:fs';
import { closeFile, createFile, makeDirectory, removeTree, unlinkFile } from '@graphdriver/host';
import { formatBytes } from '../format-units.ts';
import { appendByte } from '../workloads/append-byte.ts';
import { settle, type UnionImage, type UnionMount } from './union-bed.ts';
import type { UnionWork } from './union-row.ts';

const NEW_FILES = 200;
/**
 * So often the same is done on the same side before each sample. What the kernel's scheduler has learned from the other side
 * lasts: it made fuse-overlayfs twice as fast in about every second sample as it is alone, and ours slower (docs/decisions/0019).
 */
const LEADS = 4;
const MEBIBYTE = 1024 ** 2;

const SMALL_IMAGE: UnionImage = [[{ path: 'srv/one', size: 64 }], [{ path: 'srv/two', size: 64 }]];

/** Making files. */
export const createWork: UnionWork<string> = changeWork({
  name: 'create',
  title: `creating ${NEW_FILES} files`,
  why: `${NEW_FILES} empty files with new names in a new directory, by open(2) and close(2).`,
  before: () => undefined,
  change: makeFile,
});

/** Removing files. */
export const unlinkWork: UnionWork<string> = changeWork({
  name: 'unlink',
  title: `removing ${NEW_FILES} files`,
  why: `${NEW_FILES} empty files that the container has made, by unlink(2).`,
  before: makeFile,
  change: unlinkFile,
});

/** The first write to a file of the image. */
export function copyUpWork(size: number): UnionWork<UnionMount> {
  const name = formatBytes(size);
  const file = { path: 'srv/file', size };
  const isLarge = size >= MEBIBYTE;
  return {
    name: `copy-up-${name.replaceAll(' ', '')}`,
    title: `first write to a file of ${name}`,
    why:
      'One byte at the end of a file of the image, with opening and closing, in a container that has written nothing yet. The file has ' +
      'been read before, so that nothing comes from the disk, and its attributes have been read in the same mount.',
    targets: { overlay: isLarge ? 1.3 : null, 'fuse-overlayfs': 1 },
    image: () => [[file]],
    pairs: ({ unionPairs }) => pairsFor(size, unionPairs),
    begin: (bed) => (side) => ({
      async prepare() {
        const mount = await side.mount();
        lstatSync(`${mount.path}/${file.path}`);
        await settle(bed);
        return mount;
      },
      measure: ({ path }) => appendByte(`${path}/${file.path}`),
      release: ({ release }) => release(),
    }),
  };
}

/** A gigabyte takes seconds, with what has to be written back before and after. */
function pairsFor(size: number, pairs: number): number {
  if (size <= MEBIBYTE) return 4 * pairs;
  return Math.max(2, Math.round(pairs / Math.max(1, size / (64 * MEBIBYTE)) ** 0.5));
}

interface Change extends Pick<UnionWork<string>, 'name' | 'title' | 'why'> {
  before(path: string): void;
  change(path: string): void;
}

/** The same change to each of many names in a new directory. */
function changeWork({ name, title, why, before, change }: Change): UnionWork<string> {
  return {
    name,
    title,
    why: `${why} The same is done ${LEADS} times on the same side just before each sample, for what the scheduler has learned from the other side lasts.`,
    targets: { overlay: 3, 'fuse-overlayfs': 1 },
    manyFiles: true,
    image: () => SMALL_IMAGE,
    pairs: ({ unionPairs }) => 2 * unionPairs,
    begin: (bed) => (side) => ({
      async prepare(index) {
        const { path } = await side.lasting();
        const directory = `${path}/new-${index}`;
        makeDirectory(directory);
        eachFile(directory, before);
        await settle(bed);
        for (let lead = 0; lead < LEADS; lead += 1) {
          const first = `${path}/lead-${index}-${lead}`;
          makeDirectory(first);
          eachFile(first, before);
          eachFile(first, change);
          await removeTree(first);
        }
        return directory;
      },
      measure: (directory) => eachFile(directory, change),
      release: (directory) => removeTree(directory),
    }),
  };
}

function eachFile(directory: string, step: (path: string) => void): void {
  for (let number = 0; number < NEW_FILES; number += 1) step(`${directory}/file-${number}`);
}

function makeFile(path: string): void {
  closeFile(createFile(path, 0o644));
}
