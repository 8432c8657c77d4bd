import { join } from 'node:path';
import { StorageError } from '@graphdriver/core';
import type { Books } from '../books.ts';
import { markedLayers } from '../layers/marks.ts';
import { worksInBooks } from '../layers/work.ts';
import { readContainerState } from '../runtime/container-state.ts';
import { StoreError } from '../store-error.ts';

/**
 * Refuses to go on while anything in a store runs, is mounted or under way.
 *
 * @throws {StoreError} `CONTAINER_RUNNING`; {StorageError} `LAYER_IN_USE`
 */
export async function refuseUsed(books: Books): Promise<void> {
  books.metadata.refresh();
  for (const { key, value } of books.containers.entries()) {
    if (readContainerState(join(books.layout.containers, key)).status !== 'running') continue;
    throw new StoreError('CONTAINER_RUNNING', `The container ${value.name} runs.`, {
      hint: 'Stop all containers first.',
      details: { container: value.name },
    });
  }
  const [work] = [...worksInBooks(books), ...markedLayers(books)];
  if (work !== undefined) {
    throw new StorageError('LAYER_IN_USE', 'Somebody is making or removing layers of the store.', {
      hint: 'Wait until loads, builds and imports have ended.',
    });
  }
  for (const { id } of await books.driver.list()) {
    if ((await books.driver.holders(id)).length === 0) continue;
    throw new StorageError('LAYER_IN_USE', `The layer ${id} is mounted.`, {
      hint: 'Unmount it first.',
      details: { layer: id },
    });
  }
}
