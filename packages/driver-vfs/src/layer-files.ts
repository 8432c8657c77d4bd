import { existsSync } from 'node:fs';
import type { CallOptions } from '@graphdriver/core';
import {
  changeOwner,
  closeFile,
  copyTree,
  createFile,
  makeDirectory,
  removeTree,
  renameFile,
  unlinkFile,
} from '@graphdriver/host';
import type { VfsLayout } from './layout.ts';

/** What is needed to make a layer's files. */
export interface LayerFiles {
  readonly id: string;
  /** Ids of the layers underneath, the direct parent first. */
  readonly parents: readonly string[];
}

/** Makes a layer's tree at `to`: a copy of its parent's, or an empty directory that is 0755 and owned by 0:0. */
export async function makeTree(layout: VfsLayout, layer: LayerFiles, to: string, options: CallOptions): Promise<void> {
  const [parent] = layer.parents;
  if (parent !== undefined) return copyTree(layout.files(parent), to, options);
  makeDirectory(to, 0o755);
  // Where the root has the set-group-id bit the kernel gave it another group.
  changeOwner(to, 0, 0);
}

/** Tells whether nobody has written into a layer since it was made. */
export function isPristine(layout: VfsLayout, id: string): boolean {
  return existsSync(layout.pristine(id));
}

/** Notes that a layer is as it was made. */
export function markPristine(layout: VfsLayout, id: string): void {
  if (!isPristine(layout, id)) closeFile(createFile(layout.pristine(id), 0o600));
}

/** Notes, before it happens, that somebody may write into a layer. */
export function forgetPristine(layout: VfsLayout, id: string): void {
  if (isPristine(layout, id)) unlinkFile(layout.pristine(id));
}

/**
 * Brings a layer back to a whole state, whatever step of `applyTo` a crash or failure came at. Repeating it is safe.
 *
 * Without `fs` the layer was pristine, and is made again from its parent; `next` is either unfinished or what `fs` was before.
 */
export async function recoverFiles(layout: VfsLayout, layer: LayerFiles): Promise<void> {
  const { id } = layer;
  const [files, next, last] = [layout.files(id), layout.next(id), layout.last(id)];
  if (!existsSync(files) && existsSync(last)) renameFile(last, files);
  await removeTree(next);
  if (!existsSync(files)) {
    await makeTree(layout, layer, next, {});
    markPristine(layout, id);
    renameFile(next, files);
  }
  await removeTree(last);
}
