import { type CallOptions, type Labels, type LayerRecord, throwIfAborted, type Usage } from '@graphdriver/core';
import { changing, changingDone } from './changing.ts';
import { requireIdle } from './idle-layer.ts';
import { lockFiles, lockLayer, lockMeasuring } from './layer-locks.ts';
import type { OpenRoot } from './open-root.ts';
import { backendLayer, frozenRecord, requireRecord, type StoredRecord } from './records.ts';
import { replaceRecord } from './replace-record.ts';

/** Commits a layer: its files become durable, then its record says so. */
export async function commitLayer(root: OpenRoot, id: string, options: CallOptions): Promise<LayerRecord> {
  using _lock = await lockFiles(root, id, options);
  const stored = await requireIdle(root, id);
  return await changing(root, stored, options, async (layer) => {
    await root.backend.seal(layer, options);
    // Only now, when nothing waits to be written, do all file systems know what they have allocated.
    const usage = await root.backend.usage(layer, options);
    throwIfAborted(options.signal, `Committing the layer ${id}`);
    const record = frozenRecord({ ...stored.record, kind: 'committed' });
    await replaceRecord(root.layout, stored, { ...stored, record, usage });
    return record;
  });
}

/** Replaces a layer's labels. */
export async function labelLayer(root: OpenRoot, id: string, labels: Labels): Promise<LayerRecord> {
  using _lock = await lockLayer(root, id, {});
  const stored = requireRecord(root.layout, id);
  const record = frozenRecord({ ...stored.record, labels });
  await replaceRecord(root.layout, stored, { ...stored, record });
  return record;
}

/** A committed layer's usage from its record, a writable one's as it is now. */
export function usageOf(root: OpenRoot, id: string, options: CallOptions): Promise<Usage> {
  return measured(root, id, options, (stored) => {
    return stored.usage ?? root.backend.usage(backendLayer(stored), options);
  });
}

/** What the removal of a layer would give back. */
export function reclaimableOf(root: OpenRoot, id: string, options: CallOptions): Promise<number> {
  return measured(root, id, options, (stored) => root.backend.reclaimable(backendLayer(stored), options));
}

async function measured<T>(
  root: OpenRoot,
  id: string,
  options: CallOptions,
  measure: (stored: StoredRecord) => T | Promise<T>,
): Promise<T> {
  const layer = await lockLayer(root, id, options);
  let stored: StoredRecord;
  try {
    stored = requireRecord(root.layout, id);
    await changingDone(root, stored);
  } catch (error) {
    layer.release();
    throw error;
  }
  using _measuring = await lockMeasuring(root, id, options, layer);
  return await measure(stored);
}
