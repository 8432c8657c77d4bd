import { type ImageFile, parentsOf, writeFiles } from '../bench-image.ts';
import { treeLayers } from '../tree-image.ts';
import type { InsideGround } from './inside-program.ts';

/** 2,000 files are in 100 directories, each of which has files in all four layers. */
const FILES_PER_DIRECTORY = 20;

/** The tree that most programs work on, by layer. */
export function insideTree({ amount }: Pick<InsideGround, 'amount'>): ImageFile[][] {
  return treeLayers(amount, FILES_PER_DIRECTORY);
}

/** Writes the files of the tree that a layer has to where those below are seen. */
export async function fillTree(root: string, layer: number, ground: InsideGround): Promise<void> {
  const layers = insideTree(ground);
  await writeFiles(root, layers[layer] ?? [], ground, new Set(parentsBelow(layers, layer)));
}

/** The directories that the layers below a layer have. */
export function parentsBelow(layers: readonly (readonly { readonly path: string }[])[], layer: number): string[] {
  return layers.slice(0, layer).flatMap((files) => files.flatMap(({ path }) => parentsOf(path)));
}
