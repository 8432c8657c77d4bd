import { type CallOptions, throwIfAborted } from '@graphdriver/core';
import { closeFile, createFile, unlinkFile } from '@graphdriver/host';
import { changingPath } from './book-layout.ts';
import type { BackendLayer } from './layer-backend.ts';
import { hasName } from './notes.ts';
import type { OpenRoot } from './open-root.ts';
import { quietly } from './quietly.ts';
import { backendLayer, type StoredRecord } from './records.ts';

/**
 * Finishes what was begun when a layer's files were being changed and the process died: whoever next uses the layer does it.
 * Costs one system call where nothing was begun. The layer is locked.
 */
export async function changingDone(root: OpenRoot, stored: StoredRecord): Promise<void> {
  // A layer is committed after the last change to its files was done.
  if (stored.record.kind === 'committed') return;
  const path = changingPath(root.layout, stored.record.id);
  if (!hasName(path)) return;
  await root.backend.recover?.(backendLayer(stored));
  unlinkFile(path);
}

/**
 * Runs `change` on the files of a layer, with a mark on disk meanwhile: after a failure or a crash the backend's `recover`
 * brings them back to a whole state. The layer is locked, writable and not held.
 */
export async function changing<T>(
  root: OpenRoot,
  stored: StoredRecord,
  options: CallOptions,
  change: (layer: BackendLayer) => Promise<T>,
): Promise<T> {
  const { id } = stored.record;
  const path = changingPath(root.layout, id);
  const layer = backendLayer(stored);
  throwIfAborted(options.signal, `Changing the layer ${id}`);
  closeFile(createFile(path, 0o600));
  let result: T;
  try {
    result = await change(layer);
  } catch (error) {
    const undo = async (): Promise<void> => {
      await root.backend.recover?.(layer);
      unlinkFile(path);
    };
    if (!(await quietly(undo))) await quietly(undo);
    throw error;
  }
  // The change is made: a mark that stays is no failure, for `recover` then finds nothing to do.
  const forgotten = await quietly(() => unlinkFile(path));
  if (!forgotten) await quietly(() => unlinkFile(path));
  return result;
}

/** Strikes out that a layer is being changed, where that is so. */
export function forgetChanging(root: OpenRoot, id: string): void {
  const path = changingPath(root.layout, id);
  if (hasName(path)) unlinkFile(path);
}
