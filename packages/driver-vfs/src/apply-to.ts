import { type CallOptions, throwIfAborted } from '@graphdriver/core';
import { copyTree, exchangeFiles, isErrno, removeTree, renameFile } from '@graphdriver/host';
import { forgetPristine, isPristine, type LayerFiles } from './layer-files.ts';
import type { VfsLayout } from './layout.ts';

/**
 * Has `write` change a layer's tree, wholly or not at all: a rename at the end makes it so, and until then `recoverFiles` undoes it.
 *
 * A pristine layer is written in place, for it can be made again from its parent; any other is copied first, and the copy written.
 * `write` gets the directory that will be the layer's tree.
 */
export function applyTo<T>(
  layout: VfsLayout,
  layer: LayerFiles,
  options: CallOptions,
  write: (tree: string) => Promise<T>,
): Promise<T> {
  return isPristine(layout, layer.id)
    ? applyInPlace(layout, layer.id, options, write)
    : applyToCopy(layout, layer.id, options, write);
}

async function applyInPlace<T>(
  layout: VfsLayout,
  id: string,
  options: CallOptions,
  write: (tree: string) => Promise<T>,
): Promise<T> {
  const [files, next] = [layout.files(id), layout.next(id)];
  await removeTree(next);
  // The mark: a layer without `fs` is to be made again.
  renameFile(files, next);
  const result = await write(next);
  throwIfAborted(options.signal, `Applying an archive to the layer ${id}`);
  forgetPristine(layout, id);
  renameFile(next, files);
  return result;
}

async function applyToCopy<T>(
  layout: VfsLayout,
  id: string,
  options: CallOptions,
  write: (tree: string) => Promise<T>,
): Promise<T> {
  const [files, next] = [layout.files(id), layout.next(id)];
  await removeTree(next);
  await copyTree(files, next, options);
  const result = await write(next);
  throwIfAborted(options.signal, `Applying an archive to the layer ${id}`);
  replaceFiles(layout, id);
  // The layer is changed: what is left of its former tree is no failure, and is removed with the layer or by the next archive.
  await Promise.allSettled([removeTree(next), removeTree(layout.last(id))]);
  return result;
}

function replaceFiles(layout: VfsLayout, id: string): void {
  const [files, next, last] = [layout.files(id), layout.next(id), layout.last(id)];
  try {
    exchangeFiles(files, next);
  } catch (error) {
    if (!isErrno(error, 'EINVAL', 'ENOSYS', 'ENOTSUP')) throw error;
    // Between these two the layer has no `fs`, and `last` says why.
    renameFile(files, last);
    renameFile(next, files);
  }
}
