import { StorageError } from '@graphdriver/core';
import { run } from '@graphdriver/host';
import type { ImageFile } from '../bench-image.ts';
import type { OnceOperation } from '../sampler.ts';
import type { RowSizes } from './row-sizes.ts';
import { SameResult } from './same-result.ts';
import { settle, type UnionImage } from './union-bed.ts';
import type { UnionWork } from './union-row.ts';

/** Layers that the files are spread over: every directory is in all of them. */
const LAYERS = 4;
const FILES_PER_DIRECTORY = 40;
/** Sizes of files come in turn: most files are small, as in any root. */
const FILE_SIZES: readonly number[] = [200, 900, 1_500, 3_000, 700, 6_000, 400, 40_000, 2_000];
const TREE = 'usr';
/** The tree has as many branches of one size, of which one is copied. */
const SHARES = 6;

const ABOUT =
  `The image has files of 200 bytes to 40 KB, spread over ${LAYERS} layers such that every directory has files of each. ` +
  'All of it has been read before in the same mount.';

/** Reading the names and attributes of a tree. */
export const findWork: UnionWork<string> = {
  ...readingWork('find "$1" -type f -printf "%s\\n" | sort -n | cksum', 2),
  name: 'find',
  title: 'find in a tree',
  why: `The command \`find\`, which prints the size of each file; that both sides print the same is checked. ${ABOUT}`,
  targets: { overlay: 3, 'fuse-overlayfs': 1 },
};

/** Reading a tree with its content. */
export const tarWork: UnionWork<string> = {
  ...readingWork('tar -C "$1" -cf - . | wc -c', 1),
  name: 'tar',
  title: 'tar of a tree',
  why: `The command \`tar\`, of whose output \`wc -c\` counts the bytes; that both sides have as many is checked. ${ABOUT}`,
  targets: { overlay: null, 'fuse-overlayfs': 1 },
};

/** Reading a tree and writing another one. */
export const copyWork: UnionWork<Copy> = {
  name: 'cp',
  title: 'cp -a of a tree',
  why:
    'The command `cp -a` of a sixth of the image into a container that has written nothing yet; that both sides copy as many files and bytes ' +
    `is checked. ${ABOUT}`,
  targets: { overlay: null, 'fuse-overlayfs': 1 },
  image: treeImage,
  pairs: ({ unionPairs }) => Math.ceil(unionPairs / 2),
  begin(bed, { signal }) {
    const results = new SameResult();
    return (side): OnceOperation<Copy> => ({
      async prepare() {
        const { path, release } = await side.mount();
        await run('sh', ['-c', 'tar -C "$1" -cf - . | wc -c', 'sh', path], { signal });
        await settle(bed);
        return { path, release };
      },
      async measure({ path }) {
        await run('cp', ['-a', `${path}/${TREE}/0`, `${path}/copy`], { signal, timeout: 0 });
      },
      async release({ path, release }) {
        await results.compare(`${path}/copy`);
        await release();
      },
    });
  },
};

interface Copy {
  readonly path: string;
  release(): Promise<void>;
}

/** A shell's pipeline that reads the tree $1, and prints what has to be the same on both sides. */
function readingWork(script: string, often: number): Pick<UnionWork<string>, 'image' | 'pairs' | 'begin'> {
  return {
    image: treeImage,
    pairs: ({ unionPairs }) => often * unionPairs,
    begin(bed, { signal }) {
      let first: string | undefined;
      return (side) => ({
        async prepare() {
          await settle(bed);
          return `${(await side.lasting()).path}/${TREE}`;
        },
        async measure(path) {
          const { stdout } = await run('sh', ['-c', script, 'sh', path], { signal, timeout: 0 });
          first ??= stdout;
          if (stdout === first) return;
          throw new StorageError('CORRUPT_LAYER', 'Two mounts of the same layers do not show the same tree.');
        },
        release: async () => undefined,
      });
    },
  };
}

function treeImage({ unionFiles }: RowSizes): UnionImage {
  const files = Array.from({ length: unionFiles }, (_, number): ImageFile => {
    const directory = Math.floor(number / FILES_PER_DIRECTORY);
    const size = FILE_SIZES[number % FILE_SIZES.length] ?? 0;
    return { path: `${TREE}/${directory % SHARES}/${directory}/file-${number}`, size };
  });
  return Array.from({ length: LAYERS }, (_, layer) => files.filter((_file, number) => number % LAYERS === layer));
}
