import { throwIfAborted } from '@graphdriver/core';
import { syncDirectory, syncFilesystem } from '@graphdriver/host';
import { type Books, closeBooks, openBooks } from '../books.ts';
import { heal } from '../heal.ts';
import { openStoreFolder, readFormat, type StoreFormat, writeFormat } from '../open-store-folder.ts';
import { type StoreLayout, storeLayout } from '../store-layout.ts';
import { typedErrors } from '../typed-errors.ts';
import { arrivingStore, endArrival, expectStore } from './arrival.ts';
import { moveBooks } from './move-books.ts';
import { moveFolder, moveFolders } from './move-folders.ts';
import { moveLayers } from './move-layers.ts';
import { MoveMeter } from './move-meter.ts';
import { type MoveRequest, placesOf } from './move-request.ts';
import { refuseElsewhere } from './refuse-elsewhere.ts';
import { refuseUsed } from './refuse-used.ts';

/** A store that was moved. */
export interface MovedStore {
  /** The same as before: images, containers, volumes and layers have kept their names and ids. */
  readonly id: string;
  /** Its folder, without symbolic links. */
  readonly root: string;
  /** Where it was, without symbolic links. That is left as it is until {@link removeMoved}, and refuses all changes. */
  readonly oldRoot: string;
}

/**
 * Moves a store with its layers, images, containers, volumes and build cache to another folder, and to another driver where that is told.
 *
 * All of it is copied and then read from there and compared: layers of images by their digests. The old store stays, and lets nobody change
 * anything from the beginning of the move on. In the new folder there is no store until everything is there and durable.
 * After an interruption, by an error or a kill, calling it again goes on with what is missing; {@link abandonMove} gives the move up.
 *
 * Archives cannot hold sockets, so that those in containers stay behind. Layers of the driver that are not the store's are moved too.
 *
 * @throws {StoreError} `NAME_IN_USE`, `CONTAINER_RUNNING`, `STORE_MOVED` where it goes elsewhere, `DIGEST_MISMATCH`
 * @throws {StorageError} `LAYER_IN_USE` while anything is mounted or under way, `ABORTED`, `OUT_OF_SPACE`, and what the drivers refuse
 */
export async function moveStore(request: MoveRequest): Promise<MovedStore> {
  return await typedErrors('The store could not be moved.', request, () => move(request));
}

async function move(request: MoveRequest): Promise<MovedStore> {
  const { old, new: place } = placesOf(request);
  const { from, to } = request;
  const { layout, format } = await openStoreFolder(from.root, from.driver.name);
  const target = storeLayout(place.realPath);
  const moved = { id: format.id, root: place.realPath, oldRoot: old.realPath };
  const books = openBooks(format.id, layout, from.driver);
  try {
    using _lock = await books.locks.acquire(['move'], request.signal === undefined ? {} : { signal: request.signal });
    books.metadata.refresh();
    if (await hasArrived(books, target, format)) {
      await books.metadata.depart({ to: place.realPath, isComplete: true });
      return moved;
    }
    await leave(books, place.realPath, async () => {
      await expectStore(target, { root: place.realPath, driver: to.driver }, { store: format.id, root: old.realPath });
    });
    await moveContent(books, target, request);
    await writeFormat(target, { ...format, driver: to.driver.name });
    endArrival(target);
    await syncDirectory(target.root);
    await books.metadata.depart({ to: place.realPath, isComplete: true });
    return moved;
  } finally {
    await closeBooks(books);
  }
}

/** An earlier move was interrupted when only the old store did not know yet that it has ended. */
async function hasArrived(books: Books, target: StoreLayout, { id }: StoreFormat): Promise<boolean> {
  if (books.metadata.departure?.to !== target.root) return false;
  return (await arrivingStore(target)) === undefined && readFormat(target)?.id === id;
}

/**
 * Lets nobody change the store any more, unless it is used by somebody.
 *
 * @throws {StoreError} `STORE_MOVED` where it goes elsewhere
 */
async function leave(books: Books, to: string, prepare: () => Promise<void>): Promise<void> {
  refuseElsewhere(books, to);
  const { departure } = books.metadata;
  if (departure === undefined) await heal(books);
  await refuseUsed(books);
  await prepare();
  if (departure !== undefined) return;
  await books.metadata.depart({ to, isComplete: false });
  try {
    // Somebody may have come in between.
    await refuseUsed(books);
  } catch (error) {
    await books.metadata.depart(undefined);
    throw error;
  }
}

async function moveContent(from: Books, target: StoreLayout, request: MoveRequest): Promise<void> {
  const { signal } = request;
  const call = signal === undefined ? {} : { signal };
  const meter = new MoveMeter(request.onProgress);
  const counted = { ...call, meter };
  // What is said of layers is the same in both places.
  const to: Books = { ...from, driver: request.to.driver, layout: target };
  await moveFolder(from.layout.assemblies, target.assemblies, call);
  await moveLayers(from, to, counted);
  const { containers, volumes } = from.layout;
  await moveFolders({ stage: 'containers', from: containers, to: target.containers, mode: 0o700 }, counted);
  await moveFolders({ stage: 'volumes', from: volumes, to: target.volumes, mode: 0o711 }, counted);
  throwIfAborted(signal, 'Moving a store');
  meter.step('books', 0, 1);
  await moveBooks(from, target);
  // What was mounted meanwhile may have been written to, and the copy be of the time before.
  await refuseUsed(from);
  await syncFilesystem(target.root);
  meter.step('books', 1, 1);
}
