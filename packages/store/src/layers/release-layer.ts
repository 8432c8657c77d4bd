import { setTimeout } from 'node:timers/promises';
import { isStorageError } from '@graphdriver/core';
import { type Books, lockBooks } from '../books.ts';
import { removeDriverLayer } from './driver-layer.ts';
import { holdLayer, unholdLayer } from './layer-holds.ts';
import { type LayerKey, type LayerRow, layerUse } from './layer-row.ts';

/** How often a layer that is in use for a moment, by a container whose making is being undone, is tried again. */
const ATTEMPTS = 20;
const PAUSE = 10;

/**
 * Lets go of a layer that `work` holds, and removes it if nobody else needs it; then its parent likewise, and so on down.
 *
 * @throws {StorageError} `LAYER_IN_USE` where somebody has mounted a layer that nobody needs: the work still holds it
 */
export async function releaseLayer(books: Books, key: LayerKey, work: string): Promise<void> {
  for (let next: LayerKey | null = key; next !== null; ) next = await releaseOne(books, next, work);
}

/** Returns the parent, which the work then holds, where the layer was removed. */
async function releaseOne(books: Books, key: LayerKey, work: string): Promise<LayerKey | null> {
  using _lock = await lockBooks(books, layerUse(key));
  const row = books.layers.get(key);
  const needed = await books.metadata.change(() => {
    const users = books.uses.of(layerUse(key), '', 2).filter((user) => user !== `work:${work}`);
    if (users.length === 0 && row !== undefined) return false;
    unholdLayer(books, work, key);
    return true;
  });
  if (needed || row === undefined) return null;
  await removePatiently(books, row, {
    owner: layerUse(key),
    forget: () => books.metadata.change(() => forgetLayer(books, key, row, work)),
  });
  return row.parent;
}

/** Strikes a layer out that is gone. Its parent is then held by `work`. Inside of a change. */
export function forgetLayer(books: Books, key: LayerKey, row: LayerRow, work: string): void {
  books.layers.remove(key);
  unholdLayer(books, work, key);
  if (row.parent === null) return;
  books.uses.remove(layerUse(row.parent), layerUse(key));
  holdLayer(books, work, row.parent);
}

async function removePatiently(
  books: Books,
  row: LayerRow,
  removal: { readonly owner: string; readonly forget: () => Promise<void> },
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await removeDriverLayer(books, row.driverLayer, removal);
    } catch (error) {
      if (attempt === ATTEMPTS || !isStorageError(error, 'LAYER_IN_USE')) throw error;
    }
    await setTimeout(PAUSE);
  }
}
