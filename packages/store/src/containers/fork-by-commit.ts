import { randomBytes } from 'node:crypto';
import type { CallOptions } from '@graphdriver/core';
import { type Books, lockBooks } from '../books.ts';
import { driverLayerLock, FreshLayer } from '../layers/driver-layer.ts';
import { type LayerKey, type LayerRow, layerUse } from '../layers/layer-row.ts';
import { removeMark, writeMark } from '../layers/marks.ts';
import { requireLayer } from '../layers/register-layer.ts';
import { quietly } from '../quietly.ts';
import { type ContainerRow, containerUse } from './container-row.ts';
import { enterContainer, freeName } from './create-container.ts';
import { type FoundContainer, findContainer } from './find-container.ts';

/** How a fork is asked for. */
interface ForkRequest {
  readonly id: string;
  readonly name: string | undefined;
  readonly call: CallOptions;
}

/**
 * Forks a container over a driver that cannot: its writable layer is committed, and both containers go on in a new one on top of it. Returns
 * the new container's row. The container's lock is held.
 */
export async function forkByCommit(books: Books, id: string, { call, ...request }: ForkRequest): Promise<ContainerRow> {
  const found = findContainer(books, id);
  await freeze(books, found, call);
  try {
    await using fresh = await FreshLayer.make(books, {
      owner: containerUse(request.id),
      parent: found.row.driverLayer,
    });
    const row = await restack(books, id, { ...request, driverLayer: fresh.id });
    await fresh.keep();
    return row;
  } catch (error) {
    // There is no way back: the container goes on in a new layer, if not now then when it is next used.
    await quietly(() => restackFrozen(books, id));
    throw error;
  }
}

/** Commits a container's writable layer. A crash from here on is healed by {@link restack}. */
async function freeze(books: Books, { id, row }: FoundContainer, options: CallOptions): Promise<void> {
  const { driverLayer } = row;
  using _lock = await lockBooks(books, driverLayerLock(driverLayer), options);
  const { kind } = await books.driver.stat(driverLayer);
  if (kind === 'committed') return;
  writeMark(books, driverLayer, containerUse(id));
  try {
    await books.driver.commit(driverLayer, options);
  } catch (error) {
    await quietly(() => removeMark(books, driverLayer));
    throw error;
  }
}

/** Another container that is to stand on the same files, with a driver layer that is there. */
interface Fork {
  readonly id: string;
  readonly driverLayer: string;
  readonly name: string | undefined;
}

/**
 * Gives a container whose layer was committed a new writable one on top, and enters the committed one as a private layer; with a fork
 * on it, if there is to be one. Returns the last one's row. The container's lock is held.
 */
async function restack(books: Books, id: string, fork?: Fork): Promise<ContainerRow> {
  const { row } = findContainer(books, id);
  const { apparent: size } = await books.driver.usage(row.driverLayer);
  const key: LayerKey = `private:${randomBytes(16).toString('hex')}`;
  await using fresh = await FreshLayer.make(books, { owner: containerUse(id), parent: row.driverLayer });
  const entered = await books.metadata.change(() => {
    findContainer(books, id);
    const { family: _, ...kept } = row;
    const restacked = { ...kept, base: key, driverLayer: fresh.id };
    const forked = fork === undefined ? undefined : forkOf(books, restacked, fork);
    enterPrivate(books, key, { diffId: null, parent: row.base, driverLayer: row.driverLayer, size, archiveSize: 0 });
    if (row.base !== null) books.uses.remove(layerUse(row.base), containerUse(id));
    books.uses.add(layerUse(key), containerUse(id));
    books.containers.put(id, restacked);
    if (fork !== undefined && forked !== undefined) enterContainer(books, fork.id, forked);
    return forked ?? restacked;
  });
  await fresh.keep();
  await quietly(() => removeMark(books, row.driverLayer));
  return entered;
}

/** Inside of a change, before anything is written. @throws {StoreError} `NAME_IN_USE` */
function forkOf(books: Books, row: ContainerRow, { driverLayer, name }: Fork): ContainerRow {
  return { ...row, driverLayer, name: freeName(books, name), created: new Date().toISOString() };
}

function enterPrivate(books: Books, key: LayerKey, row: LayerRow): void {
  if (row.parent !== null) books.uses.add(layerUse(row.parent), layerUse(key));
  books.layers.put(key, row);
}

/** Restacks a container that a fork was interrupted in. Its lock is held. */
export async function restackFrozen(books: Books, id: string): Promise<void> {
  const { row } = findContainer(books, id);
  const { kind } = await books.driver.stat(row.driverLayer);
  if (kind === 'committed') await restack(books, id);
}

/**
 * Gives a forked container whose writable layer never reached the disk an empty one: `create` of a driver waits for nothing, and without the
 * container the files that it had before the fork would go.
 */
export async function renewLost(books: Books, id: string, lost: string): Promise<void> {
  using _lock = await lockBooks(books, containerUse(id));
  const { row } = findContainer(books, id);
  if (row.driverLayer !== lost || row.base === null || (await books.driver.exists(lost))) return;
  const { driverLayer: parent } = requireLayer(books, row.base);
  await using fresh = await FreshLayer.make(books, { owner: containerUse(id), parent });
  await books.metadata.change(() => {
    books.containers.put(id, { ...findContainer(books, id).row, driverLayer: fresh.id });
  });
  await fresh.keep();
}
