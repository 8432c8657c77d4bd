import { StorageError } from '@graphdriver/core';
import { changingDone } from './changing.ts';
import { refuseHeld } from './holding.ts';
import type { OpenRoot } from './open-root.ts';
import { readRecord, requireRecord, type StoredRecord } from './records.ts';

/**
 * A writable layer that nobody holds, its files whole. The layer is locked.
 *
 * @throws {StorageError} `LAYER_NOT_FOUND`, `LAYER_COMMITTED`, `LAYER_IN_USE`
 */
export async function requireIdle(root: OpenRoot, id: string): Promise<StoredRecord> {
  const stored = requireRecord(root.layout, id);
  if (stored.record.kind === 'committed') {
    throw new StorageError('LAYER_COMMITTED', `The layer ${id} is committed.`, {
      hint: 'Make a layer on top of it and change that.',
      details: { id },
    });
  }
  await changingDone(root, stored);
  await refuseHeld(root, id, {});
  return stored;
}

/**
 * A writable layer that nobody holds, its files whole, for another one to start from. The layer is locked.
 *
 * @throws {StorageError} `LAYER_NOT_FOUND`, `LAYER_COMMITTED`, `LAYER_IN_USE`
 */
export async function requireForkable(root: OpenRoot, id: string): Promise<StoredRecord> {
  if (readRecord(root.layout, id)?.record.kind === 'committed') {
    throw new StorageError('LAYER_COMMITTED', `The layer ${id} is committed, and can have no fork.`, {
      hint: 'Give it as the parent: a new layer on top of it starts from the same files.',
      details: { id },
    });
  }
  return await requireIdle(root, id);
}
