import { existsSync } from 'node:fs';
import type { CallOptions, Driver } from '@graphdriver/core';
import { isErrno, removeDirectory, removeTree, unlinkFile } from '@graphdriver/host';
import { type Books, closeBooks, openBooks } from '../books.ts';
import { openStoreFolder, readFormat } from '../open-store-folder.ts';
import { StoreError } from '../store-error.ts';
import { type StoreLayout, storeLayout } from '../store-layout.ts';
import { typedErrors } from '../typed-errors.ts';
import { arrivingStore, endArrival } from './arrival.ts';
import { type MoveEnd, type MoveRequest, placesOf } from './move-request.ts';
import { refuseUsed } from './refuse-used.ts';

type EndedMove = Pick<MoveRequest, 'from' | 'to' | 'signal'>;

/**
 * Removes what is left of a store in the place that it has moved from: its layers, those that are in the new place too, and its folders.
 * The folder itself goes with them where nothing else is in it. Repeating it finishes what was interrupted.
 *
 * @throws {StoreError} `STORE_MOVED` where the move is not complete, or the store in the new place is another one
 * @throws {StorageError} `LAYER_IN_USE` while anything there is mounted
 */
export async function removeMoved(move: EndedMove): Promise<void> {
  await typedErrors('The old store could not be removed.', move, async () => {
    const { new: place } = placesOf(move);
    const books = await oldBooks(move.from);
    try {
      const { departure } = books.metadata;
      // A removal that was interrupted may have taken the books, and with them where the store has gone.
      const hasGone = departure === undefined ? isBare(books) : departure.isComplete && departure.to === place.realPath;
      if (!hasGone || (await storeIn(storeLayout(place.realPath))) !== books.id) throw notMoved(move);
      await refuseUsed(books);
      await removeLayers(move.from.driver, move.to.driver, move);
      for (const name of ['assemblies', 'containers', 'volumes', 'marks', 'spool'] as const)
        await removeTree(books.layout[name]);
    } finally {
      await closeBooks(books);
    }
    // The books say last that the store has moved.
    await removeStoreFiles(books.layout);
    removeIfEmpty(books.layout.root);
  });
}

/**
 * Gives up a move that is not complete: what was copied is removed, and the store goes on where it was.
 *
 * @throws {StoreError} `STORE_MOVED` where the move is complete
 */
export async function abandonMove(move: EndedMove): Promise<void> {
  await typedErrors('The move could not be given up.', move, async () => {
    const { new: place } = placesOf(move);
    const target = storeLayout(place.realPath);
    const books = await oldBooks(move.from);
    try {
      using _lock = await books.locks.acquire(['move']);
      books.metadata.refresh();
      const { departure } = books.metadata;
      if (departure !== undefined && (departure.isComplete || departure.to !== place.realPath)) throw notMoved(move);
      if ((await arrivingStore(target)) === books.id) {
        for (const { id } of (await move.to.driver.list()).toReversed()) await move.to.driver.remove(id);
        for (const name of ['assemblies', 'containers', 'volumes', 'marks', 'spool'] as const)
          await removeTree(target[name]);
        await removeStoreFiles(target);
        endArrival(target);
        removeIfEmpty(target.root);
      } else if (readFormat(target)?.id === books.id) throw notMoved(move);
      await books.metadata.depart(undefined);
    } finally {
      await closeBooks(books);
    }
  });
}

/** The id of the store that is in a folder, and not only on its way there. */
async function storeIn(layout: StoreLayout): Promise<string | undefined> {
  return (await arrivingStore(layout)) === undefined ? readFormat(layout)?.id : undefined;
}

function isBare({ layers, images, containers }: Books): boolean {
  return [layers, images, containers].every((table) => table.entries().length === 0);
}

async function oldBooks({ root, driver }: MoveEnd): Promise<Books> {
  const { layout, format } = await openStoreFolder(root, driver.name);
  return openBooks(format.id, layout, driver);
}

async function removeLayers(from: Driver, to: Driver, { signal }: CallOptions): Promise<void> {
  const call = signal === undefined ? {} : { signal };
  for (const { id } of (await from.list()).toReversed()) if (await to.exists(id)) await from.remove(id, call);
}

async function removeStoreFiles(layout: StoreLayout): Promise<void> {
  await removeTree(layout.database);
  for (const path of [layout.format, layout.boot, layout.locks]) if (existsSync(path)) unlinkFile(path);
}

function removeIfEmpty(root: string): void {
  try {
    removeDirectory(root);
  } catch (error) {
    // The driver's root may be in it; and a symbolic link to the folder is somebody else's.
    if (!isErrno(error, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'ENOENT', 'EBUSY')) throw error;
  }
}

function notMoved({ from, to }: EndedMove): StoreError {
  return new StoreError('STORE_MOVED', `There is no such move from ${from.root} to ${to.root}.`, {
    hint: 'A move is removed when it is complete, and given up when it is not.',
    details: { from: from.root, to: to.root },
  });
}
