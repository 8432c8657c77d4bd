import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isStorageError } from '@graphdriver/core';
import { bootId, isErrno, removeTree, unlinkFile, writeFileAtomicSync } from '@graphdriver/host';
import { type Books, lockBooks } from './books.ts';
import { forgetContainer } from './containers/forget-container.ts';
import { renewLost, restackFrozen } from './containers/fork-by-commit.ts';
import { driverLayerLock, removeFiles, STORE_LABEL } from './layers/driver-layer.ts';
import type { LayerKey, LayerRow } from './layers/layer-row.ts';
import { markedLayers, markOf, removeMark } from './layers/marks.ts';
import { NOBODY } from './layers/register-layer.ts';
import { forgetLayer } from './layers/release-layer.ts';
import { endWork, Work, workLock, worksInBooks } from './layers/work.ts';
import { quietly } from './quietly.ts';

/**
 * Finishes or undoes what ended processes have left half done.
 *
 * Takes time proportional to that; only when the host has been started anew are all layers looked at, because anything may then be missing
 * that nobody had waited for. What somebody is at, and what cannot be healed now, stays as it is for the next time.
 */
export async function heal(books: Books): Promise<void> {
  const boot = bootId();
  const rebooted = readIfThere(books.layout.boot)?.trim() !== boot;
  for (const driverLayer of markedLayers(books)) await quietly(() => healMarked(books, driverLayer, rebooted));
  if (rebooted) await quietly(() => healAfterBoot(books));
  for (const work of worksInBooks(books)) await quietly(() => endDeadWork(books, work));
  await quietly(() => removeSpooled(books));
  // A full disk must not keep anybody from opening the store and removing things.
  if (rebooted) await quietly(() => writeFileAtomicSync(books.layout.boot, `${boot}\n`));
}

/** A driver layer whose making or removal was interrupted: the books say what was meant, and the driver how far it came. */
async function healMarked(books: Books, name: string, rebooted: boolean): Promise<void> {
  // A mark that was to take another's place.
  const driverLayer = name.replace(/\+$/, '');
  const owner = markOf(books, driverLayer) ?? NOBODY;
  // Who is at it has both, or takes them in this order. None is waited for.
  using ownerLock = books.locks.tryAcquire(owner);
  using lock = ownerLock === undefined ? undefined : books.locks.tryAcquire(driverLayerLock(driverLayer));
  if (lock === undefined || (markOf(books, driverLayer) ?? NOBODY) !== owner) return;
  books.metadata.refresh();
  if (!isOwnedBy(books, driverLayer, owner)) {
    // A fork gives a container's layer to another row.
    if (!ownedLayers(books).has(driverLayer)) await removeUnowned(books, driverLayer);
  } else if (!(await books.driver.exists(driverLayer))) {
    // After a loss of power it may as well never have reached the disk.
    if (!rebooted || !owner.startsWith('container:')) await finishRemoval(books, driverLayer, owner);
  } else if (owner.startsWith('container:')) await restackFrozen(books, splitOwner(owner)[1]);
  removeMark(books, driverLayer);
  if (name !== driverLayer) removeMark(books, name);
}

function isOwnedBy(books: Books, driverLayer: string, owner: string): boolean {
  const [kind = '', id = ''] = splitOwner(owner);
  const row = kind === 'container' ? books.containers.get(id) : books.layers.get(id);
  return row?.driverLayer === driverLayer;
}

/** Strikes out of the books what has lost its layer: its removal had begun. */
async function finishRemoval(books: Books, driverLayer: string, owner: string): Promise<void> {
  await removeFiles(books, driverLayer, { mayBeMissing: true });
  const [kind, id] = splitOwner(owner);
  if (kind === 'container') {
    await forgetContainer(books, id, driverLayer);
    return;
  }
  const key = id as LayerKey; // Marks are only written with keys of layers.
  const row = books.layers.get(key);
  if (row === undefined) return;
  await using work = await Work.begin(books);
  await books.metadata.change(() => forgetLayer(books, key, row, work.id));
}

/** Removes a layer of this store that no row owns. Leases on it are those of work that has ended. */
async function removeUnowned(books: Books, driverLayer: string): Promise<void> {
  try {
    await removeFiles(books, driverLayer, { mayBeMissing: true });
  } catch (error) {
    if (!isStorageError(error, 'LAYER_IN_USE')) throw error;
    for (const { name } of await books.driver.holders(driverLayer)) {
      if (name !== null) await books.driver.put(driverLayer, { holder: name, detach: true });
    }
    await removeFiles(books, driverLayer, { mayBeMissing: true });
  }
}

async function endDeadWork(books: Books, work: string): Promise<void> {
  using lock = books.locks.tryAcquire(workLock(work));
  if (lock === undefined) return;
  books.metadata.refresh();
  await endWork(books, work);
}

/**
 * After a loss of power the driver may have layers that the books never heard of, or the books rows whose layer never reached the disk.
 * A container without a layer is struck out, unless its files of before a fork are a layer of their own, on which it then goes on. One that
 * the driver forked has what it started from in the lost layer, and in no other.
 * Layers with a row were made durable before it: one that is missing was being removed.
 */
async function healAfterBoot(books: Books): Promise<void> {
  const inDriver = new Set<string>();
  const mine = (await books.driver.list()).filter(({ labels }) => labels[STORE_LABEL] === books.id);
  const owned = ownedLayers(books);
  for (const { id } of mine.toReversed()) {
    inDriver.add(id);
    if (!owned.has(id)) await quietly(() => removeIfUnowned(books, id));
  }
  for (const { key, value } of books.containers.entries()) {
    if (!inDriver.has(value.driverLayer)) await quietly(() => forgetLost(books, key, value.driverLayer));
  }
  for (const { key, value } of books.layers.entries()) {
    if (!inDriver.has(value.driverLayer)) await quietly(() => forgetUnused(books, key as LayerKey, value)); // The table has no other keys.
  }
}

function ownedLayers(books: Books): ReadonlySet<string> {
  const rows = [...books.layers.entries(), ...books.containers.entries()];
  return new Set(rows.map(({ value }) => value.driverLayer));
}

async function removeIfUnowned(books: Books, driverLayer: string): Promise<void> {
  using lock = books.locks.tryAcquire(driverLayerLock(driverLayer));
  if (lock === undefined) return;
  books.metadata.refresh();
  if (!ownedLayers(books).has(driverLayer)) await removeUnowned(books, driverLayer);
}

async function forgetLost(books: Books, container: string, driverLayer: string): Promise<void> {
  const row = books.containers.get(container);
  if (row?.base?.startsWith('private:') === true && row.family === undefined)
    return await renewLost(books, container, driverLayer);
  using _lock = await lockBooks(books, driverLayerLock(driverLayer));
  if (!(await books.driver.exists(driverLayer))) await forgetContainer(books, container, driverLayer);
}

async function forgetUnused(books: Books, key: LayerKey, row: LayerRow): Promise<void> {
  using _lock = await lockBooks(books, driverLayerLock(row.driverLayer));
  if (books.uses.of(`layer:${key}`, '', 1).length > 0 || (await books.driver.exists(row.driverLayer))) return;
  await using work = await Work.begin(books);
  await books.metadata.change(() => forgetLayer(books, key, row, work.id));
}

/** Files that work under way keeps for itself are named by it. */
async function removeSpooled(books: Books): Promise<void> {
  for (const name of readdirSync(books.layout.spool)) {
    using lock = books.locks.tryAcquire(workLock(name));
    if (lock !== undefined) await removeTree(join(books.layout.spool, name));
  }
  for (const name of readdirSync(books.layout.root)) {
    if (name.endsWith('.aside')) unlinkFile(join(books.layout.root, name));
  }
}

function splitOwner(owner: string): readonly [kind: string, id: string] {
  const colon = owner.indexOf(':');
  return colon === -1 ? [owner, ''] : [owner.slice(0, colon), owner.slice(colon + 1)];
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}
