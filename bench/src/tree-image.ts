import type { ImageFile } from './bench-image.ts';

/** Layers that a tree is spread over. */
export const TREE_LAYERS = 4;
/** The directory of the image that the tree lies in. */
export const TREE = 'usr';

/** Sizes of files come in turn: most files are small, as in any root. */
const FILE_SIZES: readonly number[] = [200, 900, 1_500, 3_000, 700, 6_000, 400, 40_000, 2_000];
/** The tree has as many branches of one size. */
const BRANCHES = 6;

/** Bytes of the files of a tree, near enough to plan with. */
export const MEAN_FILE_SIZE: number = FILE_SIZES.reduce((sum, size) => sum + size, 0) / FILE_SIZES.length;

/**
 * The files of a tree by the layer that has them, the bottom one first: 200 bytes to 40 KB, in six branches, such that every
 * directory with four files or more has some in each layer.
 */
export function treeLayers(files: number, perDirectory: number): ImageFile[][] {
  const all = Array.from({ length: files }, (_, number): ImageFile => {
    const directory = Math.floor(number / perDirectory);
    const size = FILE_SIZES[number % FILE_SIZES.length] ?? 0;
    return { path: `${TREE}/${directory % BRANCHES}/${directory}/file-${number}`, size };
  });
  return inLayers(all);
}

/** Deals files out to the layers of a tree in turn. */
export function inLayers<File>(files: readonly File[]): File[][] {
  return Array.from({ length: TREE_LAYERS }, (_, layer) =>
    files.filter((_file, number) => number % TREE_LAYERS === layer),
  );
}
