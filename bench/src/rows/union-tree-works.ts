import { StorageError } from '@graphdriver/core';
import type { OnceOperation } from '../sampler.ts';
import { TREE, TREE_LAYERS, treeLayers } from '../tree-image.ts';
import { copyByProgram, findSizes, type ProgramLimits, tarBytes } from '../tree-programs.ts';
import type { RowSizes } from './row-sizes.ts';
import { SameResult } from './same-result.ts';
import { settle, type UnionImage } from './union-bed.ts';
import type { UnionWork } from './union-row.ts';

const FILES_PER_DIRECTORY = 40;

const ABOUT =
  `The image has files of 200 bytes to 40 KB, spread over ${TREE_LAYERS} layers such that every directory has files of each. ` +
  'All of it has been read before in the same mount.';

/** Reading the names and attributes of a tree. */
export const findWork: UnionWork<string> = {
  ...readingWork(findSizes, 2),
  name: 'find',
  title: 'find in a tree',
  why: `The command \`find\`, which prints the size of each file; that both sides print the same is checked. ${ABOUT}`,
  targets: { overlay: 3, 'fuse-overlayfs': 1 },
};

/** Reading a tree with its content. */
export const tarWork: UnionWork<string> = {
  ...readingWork(tarBytes, 1),
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
        await tarBytes(path, { signal });
        await settle(bed);
        return { path, release };
      },
      async measure({ path }) {
        await copyByProgram(`${path}/${TREE}/0`, `${path}/copy`, { signal, timeout: 0 });
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

/** A program that reads a tree, and prints what has to be the same on both sides. */
function readingWork(
  program: (path: string, limits: ProgramLimits) => Promise<string>,
  often: number,
): Pick<UnionWork<string>, 'image' | 'pairs' | 'begin'> {
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
          const said = await program(path, { signal, timeout: 0 });
          first ??= said;
          if (said === first) return;
          throw new StorageError('CORRUPT_LAYER', 'Two mounts of the same layers do not show the same tree.');
        },
        release: async () => undefined,
      });
    },
  };
}

function treeImage({ unionFiles }: RowSizes): UnionImage {
  return treeLayers(unionFiles, FILES_PER_DIRECTORY);
}
