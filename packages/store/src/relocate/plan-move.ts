import { readdirSync } from 'node:fs';
import { type CallOptions, throwIfAborted } from '@graphdriver/core';
import { filesystemOf, measureTree } from '@graphdriver/host';
import { type Books, closeBooks, openBooks } from '../books.ts';
import { openStoreFolder } from '../open-store-folder.ts';
import { storeLayout } from '../store-layout.ts';
import { typedErrors } from '../typed-errors.ts';
import { refuseTaken } from './arrival.ts';
import { type MoveRequest, placesOf } from './move-request.ts';
import { refuseElsewhere } from './refuse-elsewhere.ts';
import { refuseUsed } from './refuse-used.ts';

/** What a move would bring over, and where. */
export interface MovePlan {
  /** Without symbolic links. */
  readonly root: string;
  readonly oldRoot: string;
  /** A move there was begun and is not complete: what it has brought over is part of what follows. */
  readonly isBegun: boolean;
  readonly layers: number;
  readonly images: number;
  readonly containers: number;
  readonly volumes: number;
  /** Content of all layers, container folders and volumes, as their archives and files hold it. */
  readonly bytes: number;
  /** What is free where it would go. */
  readonly freeBytes: number;
}

/**
 * Tells what `moveStore` would do, without doing any of it. Takes time with what is not known from the books: layers that no image has,
 * containers and volumes.
 *
 * @throws {StoreError} {@link StorageError} what `moveStore` would refuse with; what the new driver refuses is not asked
 */
export async function planMove({
  from,
  to,
  signal,
}: Pick<MoveRequest, 'from' | 'signal'> & { readonly to: { readonly root: string } }): Promise<MovePlan> {
  const call = signal === undefined ? {} : { signal };
  return await typedErrors('The move could not be planned.', call, async () => {
    const { old, new: place } = placesOf({ from, to: { ...from, root: to.root } });
    const { layout, format } = await openStoreFolder(from.root, from.driver.name);
    const books = openBooks(format.id, layout, from.driver);
    try {
      refuseElsewhere(books, place.realPath);
      await refuseUsed(books);
      const { departure } = books.metadata;
      if (departure?.isComplete !== true) await refuseTaken(storeLayout(place.realPath), format.id);
      return {
        root: place.realPath,
        oldRoot: old.realPath,
        isBegun: departure?.isComplete === false,
        ...(await contentOf(books, call)),
        freeBytes: filesystemOf(place.realPath).freeBytes,
      };
    } finally {
      await closeBooks(books);
    }
  });
}

type Content = Pick<MovePlan, 'layers' | 'images' | 'containers' | 'volumes' | 'bytes'>;

async function contentOf(books: Books, call: CallOptions): Promise<Content> {
  const { driver, layout } = books;
  const known = new Map(books.layers.entries().map(({ value }) => [value.driverLayer, value.archiveSize]));
  const records = await driver.list();
  let bytes = 0;
  for (const { id } of records) {
    throwIfAborted(call.signal, 'Planning a move');
    bytes += known.get(id) || (await driver.diffSize(id, call));
  }
  for (const folder of [layout.containers, layout.volumes]) bytes += (await measureTree(folder, call)).apparent;
  return {
    layers: records.length,
    images: books.images.entries().length,
    containers: books.containers.entries().length,
    volumes: readdirSync(layout.volumes).filter((name) => !name.startsWith('.')).length,
    bytes,
  };
}
