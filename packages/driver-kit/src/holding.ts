import { type CallOptions, type GetOptions, type PutOptions, StorageError, throwIfAborted } from '@graphdriver/core';
import { changingDone } from './changing.ts';
import { addHold, type Hold, isLive, listHolds, NO_VIEW, removeHolds, viewOfHold } from './holds.ts';
import { lockLayer } from './layer-locks.ts';
import { mountView, remount, unmountDead, unmountView } from './layer-mounts.ts';
import type { OpenRoot } from './open-root.ts';
import { quietly } from './quietly.ts';
import { backendLayer, requireRecord, type StoredRecord } from './records.ts';
import { type View, viewOf } from './view.ts';

/** A hold that was taken, and where its view is mounted. */
export interface TakenHold {
  readonly hold: Hold;
  readonly path: string;
  readonly readOnly: boolean;
}

/** Holds and mounts a layer. */
export async function takeMount(root: OpenRoot, id: string, options: GetOptions): Promise<TakenHold> {
  using _lock = await lockLayer(root, id, options);
  const stored = requireRecord(root.layout, id);
  const view = viewOf(root.backend.capabilities, stored.record.kind, options);
  await changingDone(root, stored);
  const others = await releaseDead(root, id, {});
  refuseOtherPrimary(id, view, others);
  throwIfAborted(options.signal, `Mounting the layer ${id}`);
  const name = options.holder ?? null;
  const hold = addHold(root, id, { kind: name === null ? 'process' : 'lease', name, view }, others);
  try {
    const path = await mountView(root, backendLayer(stored), view, others);
    return { hold, path, readOnly: view.readOnly };
  } catch (error) {
    await quietly(() => strikeOut(root, id, hold));
    throw error;
  }
}

/** Holds a layer's files for reading them without a mount. */
export async function takeReading(
  root: OpenRoot,
  id: string,
  options: CallOptions,
): Promise<{ hold: Hold; stored: StoredRecord }> {
  using _lock = await lockLayer(root, id, options);
  const stored = requireRecord(root.layout, id);
  await changingDone(root, stored);
  const others = listHolds(root.layout, id);
  return { hold: addHold(root, id, { kind: 'reading', name: null, view: NO_VIEW }, others), stored };
}

/** Gives back a hold that this process took. One that is gone is fine. */
export async function giveBack(root: OpenRoot, id: string, hold: Hold, options: PutOptions): Promise<void> {
  using _lock = await lockLayer(root, id, {});
  const holds = listHolds(root.layout, id);
  // A lease is a name and a number: where another hold of the same name was given back instead of this one, this is the other.
  const sameLease = (other: Hold): boolean =>
    hold.kind === 'lease' && other.kind === 'lease' && other.name === hold.name && other.flags === hold.flags;
  const own = holds.find(({ line }) => line === hold.line) ?? holds.find(sameLease);
  if (own !== undefined) await release(root, requireRecord(root.layout, id), own, holds, options);
}

/** Gives back one hold of a lease. @throws {StorageError} `LAYER_NOT_FOUND`, `HOLDER_NOT_FOUND`, `LAYER_IN_USE` */
export async function giveBackLease(root: OpenRoot, id: string, name: string, options: PutOptions): Promise<void> {
  using _lock = await lockLayer(root, id, {});
  const stored = requireRecord(root.layout, id);
  const holds = listHolds(root.layout, id);
  const hold = holds.find((other) => other.kind === 'lease' && other.name === name);
  if (hold === undefined) {
    throw new StorageError('HOLDER_NOT_FOUND', `Nobody called ${name} holds the layer ${id}.`, {
      details: { id, holder: name },
    });
  }
  await release(root, stored, hold, holds, options);
}

/** Releases the holds of ended processes as far as nobody has files open in their mounts, and returns all that remain. The layer is locked. */
export async function releaseDead(
  root: OpenRoot,
  id: string,
  options: { readonly detach?: boolean },
  holds: readonly Hold[] = listHolds(root.layout, id),
): Promise<readonly Hold[]> {
  const dead = holds.filter((hold) => !isLive(root, hold));
  if (dead.length === 0) return holds;
  const living = holds.filter((hold) => !dead.includes(hold));
  const stuck = await unmountDead(root, id, dead, living, options);
  const freed = dead.filter((hold) => !stuck.includes(hold));
  return freed.length === 0 ? holds : removeHolds(root.layout, id, freed);
}

/**
 * Refuses a layer that somebody holds. The layer is locked.
 *
 * @throws {StorageError} `LAYER_IN_USE`
 */
export async function refuseHeld(root: OpenRoot, id: string, options: { readonly detach?: boolean }): Promise<void> {
  const holds = listHolds(root.layout, id);
  const live = holds.find((hold) => isLive(root, hold));
  if (live !== undefined) throw heldBy(id, live, 'Give it back with put first.');
  const [stuck] = await releaseDead(root, id, options, holds);
  if (stuck === undefined) return;
  throw heldBy(id, stuck, 'The process has ended, but files in its mount are still open: end who uses them.');
}

function heldBy(id: string, { name, pid }: Hold, hint: string): StorageError {
  const who = name === null ? `process ${pid}` : `the lease ${name}`;
  return new StorageError('LAYER_IN_USE', `The layer ${id} is held by ${who}.`, {
    hint,
    details: { id, holder: name, pid },
  });
}

async function release(
  root: OpenRoot,
  stored: StoredRecord,
  hold: Hold,
  holds: readonly Hold[],
  options: PutOptions,
): Promise<void> {
  const { id, kind } = stored.record;
  const remaining = await releaseDead(root, id, {}, holds);
  const others = remaining.filter(({ line }) => line !== hold.line);
  if (hold.kind === 'reading') return strikeOut(root, id, hold);
  const view = viewOfHold(hold, kind === 'committed');
  const layer = backendLayer(stored);
  await unmountView(root, layer, view, others, options);
  try {
    strikeOut(root, id, hold);
  } catch (error) {
    if (options.detach !== true) await quietly(() => remount(root, layer, view));
    throw error;
  }
}

function strikeOut(root: OpenRoot, id: string, hold: Hold): void {
  removeHolds(root.layout, id, [hold]);
}

function refuseOtherPrimary(id: string, view: View, others: readonly Hold[]): void {
  const mounted = others.filter((hold) => hold.kind !== 'reading');
  const careless = mounted.find((hold) => hold.volatile && !view.volatile);
  const labelled = mounted.find((hold) => hold.mountLabel !== view.mountLabel);
  if (careless === undefined && labelled === undefined) return;
  const how = careless === undefined ? 'with another mountLabel' : 'volatile';
  throw new StorageError('LAYER_IN_USE', `The layer ${id} is mounted ${how}, and a layer is mounted once.`, {
    hint: 'Mount it in the same way, or have it given back first.',
    details: { id },
  });
}
