import type { CallOptions } from '@graphdriver/core';
import type { OpenRoot } from './open-root.ts';

/*
 * The order of locks, which is why nothing here can wait in a circle:
 * - layer locks in the order of their ids, all of them before any measuring lock;
 * - whoever holds a lock and wants one that is not in order may only try.
 *
 * A layer's measuring lock is what a long look at its files takes instead of the layer's lock,
 * so that measuring a layer stops its removal and change, and neither mounting it nor making children of it.
 */

/** What is locked, until it is released. */
export interface LayerLock extends Disposable {
  release(): void;
}

/** Locks a layer. */
export function lockLayer(root: OpenRoot, id: string, options: CallOptions): Promise<LayerLock> {
  return root.locks.acquire([id], options);
}

/** Locks a layer against being measured, too: for what removes or changes its files. */
export async function lockFiles(root: OpenRoot, id: string, options: CallOptions): Promise<LayerLock> {
  const layer = await lockLayer(root, id, options);
  return withMeasuring(root, id, options, layer, (measuring) => {
    measuring.release();
    layer.release();
  });
}

/** Exchanges a layer's lock for its measuring lock. */
export async function lockMeasuring(
  root: OpenRoot,
  id: string,
  options: CallOptions,
  layer: LayerLock,
): Promise<LayerLock> {
  const measuring = await withMeasuring(root, id, options, layer, (held) => held.release());
  layer.release();
  return measuring;
}

async function withMeasuring(
  root: OpenRoot,
  id: string,
  options: CallOptions,
  layer: LayerLock,
  release: (measuring: LayerLock) => void,
): Promise<LayerLock> {
  try {
    // No id starts with a tilde.
    const measuring = await root.locks.acquire([`~${id}`], options);
    return { release: () => release(measuring), [Symbol.dispose]: () => release(measuring) };
  } catch (error) {
    layer.release();
    throw error;
  }
}

/** The locks of a new layer and of the one that it starts from. */
export interface FamilyLocks extends Disposable {
  /** Lets go of the other one while the new layer stays locked. */
  releaseOther(): void;
}

/** Locks a layer that is to be made, and the one that it starts from: its parent, as long as it is being entered as a child, or the one that is forked. */
export async function lockFamily(
  root: OpenRoot,
  id: string,
  other: string | undefined,
  options: CallOptions,
): Promise<FamilyLocks> {
  if (other === undefined || other === id) {
    const only = await lockLayer(root, id, options);
    return { releaseOther: () => {}, [Symbol.dispose]: () => only.release() };
  }
  const [first, second] = id < other ? [id, other] : [other, id];
  const lower = await lockLayer(root, first, options);
  try {
    const upper = await lockLayer(root, second, options);
    const [own, theirs] = first === id ? [lower, upper] : [upper, lower];
    return familyLocks(own, theirs);
  } catch (error) {
    lower.release();
    throw error;
  }
}

function familyLocks(own: LayerLock, other: LayerLock): FamilyLocks {
  let otherHeld = true;
  const releaseOther = (): void => {
    if (otherHeld) other.release();
    otherHeld = false;
  };
  return {
    releaseOther,
    [Symbol.dispose]: () => {
      releaseOther();
      own.release();
    },
  };
}
