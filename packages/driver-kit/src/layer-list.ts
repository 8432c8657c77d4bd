import type { LayerRecord } from '@graphdriver/core';
import { TimeSlice } from '@graphdriver/host';
import type { OpenRoot } from './open-root.ts';
import { readRecord, recordIds, type StoredRecord } from './records.ts';

/** All layers, each after its parent, otherwise by id. */
export async function listLayers(root: OpenRoot): Promise<readonly LayerRecord[]> {
  const slice = new TimeSlice();
  const found: StoredRecord[] = [];
  for (const id of recordIds(root.layout)) {
    const stored = readRecord(root.layout, id);
    if (stored !== undefined) found.push(stored);
    if (slice.over) await slice.pause();
  }
  return parentsFirst(withParents(found));
}

/** Without the layers that were removed, with their parents, between the reading of one record and another: a parent outlives its children. */
function withParents(found: readonly StoredRecord[]): readonly StoredRecord[] {
  const ids = new Set(found.map(({ record }) => record.id));
  return found.filter(({ parents }) => parents.every((parent) => ids.has(parent)));
}

/** Sorted by the length of the chain, then by id: a parent's chain is always the shorter one. */
export function parentsFirst(found: readonly StoredRecord[]): readonly LayerRecord[] {
  return found
    .toSorted((a, b) => a.parents.length - b.parents.length || (a.record.id < b.record.id ? -1 : 1))
    .map(({ record }) => record);
}
