import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bootId, isMountPoint, removeDirectory, TimeSlice, unlinkFile, writeFileAtomicSync } from '@graphdriver/host';
import { asidePath, changingPath, recordId, recordPath, variantId } from './book-layout.ts';
import { changingDone, forgetChanging } from './changing.ts';
import { enterChild } from './children.ts';
import { releaseDead } from './holding.ts';
import { forgetHoldsAside, heldIds } from './holds.ts';
import { finishLeftovers } from './leftovers.ts';
import { hasName, readIfThere, readNote } from './notes.ts';
import type { OpenRoot } from './open-root.ts';
import { quietly } from './quietly.ts';
import { backendLayer, parseRecord, readRecord, recordIds } from './records.ts';

/**
 * Undoes or finishes what crashes have left behind in a root. Nobody else is healing it.
 *
 * Takes time proportional to what was in flight and to what is held; only when the host has been started anew since the last time, or the
 * backend misses something, does it look at every layer.
 * What cannot be healed now, because somebody is at it or the disk refuses, stays marked, and whoever uses the layer next tries again.
 */
export async function heal(root: OpenRoot): Promise<void> {
  const { layout } = root;
  const boot = bootId();
  const rebooted = readIfThere(layout.boot)?.trim() !== boot;
  await quietly(() => removeAsides(dirname(layout.format)));
  for (const id of readdirSync(layout.pending)) await whenFree(root, id, () => finishLeftovers(root, id));
  for (const id of readdirSync(layout.removing).map(recordId))
    await whenFree(root, id, () => finishLeftovers(root, id));
  for (const id of readdirSync(layout.asides).map(recordId)) await whenFree(root, id, () => forgetAside(root, id));
  const lost = root.backend.intact?.() === false;
  if (rebooted) await healAfterBoot(root);
  else if (lost) await lookOver(root);
  if (rebooted || lost) await quietly(async () => root.backend.tidy?.());
  for (const id of readdirSync(layout.changing)) await whenFree(root, id, () => finishChange(root, id));
  for (const id of heldIds(layout)) await whenFree(root, id, () => releaseHolds(root, id));
  for (const name of readdirSync(layout.mounts))
    await whenFree(root, variantId(name), () => forgetMountpoint(root, name));
  // A full disk must not keep anybody from opening the root and removing layers.
  if (rebooted) await quietly(() => writeFileAtomicSync(layout.boot, `${boot}\n`));
}

// What an interrupted atomic write of a file has left beside it.
function removeAsides(folder: string): void {
  for (const name of readdirSync(folder)) if (name.endsWith('.aside')) unlinkFile(join(folder, name));
}

async function whenFree(root: OpenRoot, id: string, step: () => void | Promise<void>): Promise<void> {
  using lock = root.locks.tryAcquire(id);
  if (lock !== undefined) await quietly(step);
}

function forgetAside(root: OpenRoot, id: string): void {
  const path = asidePath(root.layout, id);
  if (hasName(path)) unlinkFile(path);
}

async function finishChange(root: OpenRoot, id: string): Promise<void> {
  const stored = hasName(changingPath(root.layout, id)) ? readRecord(root.layout, id) : undefined;
  if (stored !== undefined) await changingDone(root, stored);
  forgetChanging(root, id);
}

async function releaseHolds(root: OpenRoot, id: string): Promise<void> {
  forgetHoldsAside(root.layout, id);
  await releaseDead(root, id, {});
}

// A directory that could not be removed when nobody needed it any more. One that is mounted belongs to a hold.
function forgetMountpoint(root: OpenRoot, name: string): void {
  const path = join(root.layout.mounts, name);
  if (hasName(path) && !isMountPoint(path)) removeDirectory(path);
}

/**
 * After a loss of power anything may be missing that nobody had waited for: the record of a new layer (its files are removed),
 * its content (its files are removed), an entry among its parent's children (it is made again), what was written into its files (the backend
 * looks them over).
 */
async function healAfterBoot(root: OpenRoot): Promise<void> {
  await lookOver(root);
  for (const id of await root.backend.layersOnDisk()) {
    if (!hasName(recordPath(root.layout, id))) await whenFree(root, id, () => removeUnknown(root, id));
  }
}

async function lookOver(root: OpenRoot): Promise<void> {
  const slice = new TimeSlice();
  for (const id of await parentsFirst(root)) {
    await whenFree(root, id, () => healLayer(root, id));
    if (slice.over) await slice.pause();
  }
}

/** All ids that have a record, a parent's before its children's. */
async function parentsFirst(root: OpenRoot): Promise<readonly string[]> {
  const slice = new TimeSlice();
  const depths = new Map<string, number>();
  for (const id of recordIds(root.layout)) {
    depths.set(id, depthOf(root, id));
    if (slice.over) await slice.pause();
  }
  return [...depths].toSorted(([, one], [, other]) => one - other).map(([id]) => id);
}

function depthOf(root: OpenRoot, id: string): number {
  try {
    return readRecord(root.layout, id)?.parents.length ?? 0;
  } catch {
    return 0; // Empty or broken: nothing else can be read of it.
  }
}

async function healLayer(root: OpenRoot, id: string): Promise<void> {
  const text = readNote(recordPath(root.layout, id));
  if (text === undefined) return;
  if (isUnwritten(text)) {
    await root.backend.unmake(id);
    return unlinkFile(recordPath(root.layout, id));
  }
  const stored = parseRecord(text, id);
  const { parent } = stored.record;
  if (parent !== null) enterChild(root.layout, parent, id);
  await changingDone(root, stored);
  await root.backend.repair?.(backendLayer(stored));
}

/** A file whose name reached the disk and whose content did not: empty on most file systems, zeroes on some. */
function isUnwritten(text: string): boolean {
  return /^\0*$/.test(text);
}

async function removeUnknown(root: OpenRoot, id: string): Promise<void> {
  if (hasName(recordPath(root.layout, id))) return;
  await finishLeftovers(root, id);
  await root.backend.unmake(id);
}
