import { readdirSync } from 'node:fs';
import { type LayerKind, type LayerRecord, StorageError, type Usage } from '@graphdriver/core';
import { type BookLayout, recordId, recordPath } from './book-layout.ts';
import type { BackendLayer } from './layer-backend.ts';
import { readNote } from './notes.ts';

/** A layer's record with what the books add to it. */
export interface StoredRecord {
  readonly record: LayerRecord;
  /** Ids of the layers underneath, the direct parent first: the whole chain, so that one read tells it. */
  readonly parents: readonly string[];
  /** What was measured at commit; `null` before. */
  readonly usage: Usage | null;
}

/** The layer as a backend is to see it. */
export function backendLayer({ record, parents }: StoredRecord): BackendLayer {
  const createdAt = BigInt(Date.parse(record.createdAt)) * 1_000_000n;
  return { id: record.id, parents, kind: record.kind, createdAt };
}

/** A record that nobody can change any more. */
export function frozenRecord(record: LayerRecord): LayerRecord {
  return Object.freeze({ ...record, labels: Object.freeze({ ...record.labels }) });
}

/** What a record says on disk: a note when the layer is made, a file that is synced once it is changed. */
export function serializeRecord({ record, parents, usage }: StoredRecord): string {
  const { id, kind, createdAt, labels } = record;
  return `${JSON.stringify({ id, parents, kind, createdAt, labels, usage })}\n`;
}

/** Reads what {@link serializeRecord} wrote for `id`. @throws {StorageError} `CORRUPT_LAYER` */
export function parseRecord(text: string, id: string): StoredRecord {
  const found = recordObject(text);
  const { parents, kind, createdAt, labels, usage } = found;
  const whole = found['id'] === id && isIds(parents) && isKind(kind) && isTime(createdAt) && isLabels(labels);
  if (!whole || !(usage === null || isUsage(usage))) {
    throw new StorageError('CORRUPT_LAYER', `The record of the layer ${id} is not one that a driver wrote.`, {
      hint: 'Remove the layer, or bring its record back from a copy.',
      details: { id },
    });
  }
  return { record: frozenRecord({ id, parent: parents[0] ?? null, kind, createdAt, labels }), parents, usage };
}

/** The layer's record, or `undefined` where there is none. Costs one system call for a layer that is new, and four for one that is committed. @throws {StorageError} `CORRUPT_LAYER` */
export function readRecord(layout: BookLayout, id: string): StoredRecord | undefined {
  const text = readNote(recordPath(layout, id));
  return text === undefined ? undefined : parseRecord(text, id);
}

/** The layer's record. @throws {StorageError} `LAYER_NOT_FOUND`, `CORRUPT_LAYER` */
export function requireRecord(layout: BookLayout, id: string): StoredRecord {
  const stored = readRecord(layout, id);
  if (stored === undefined) throw new StorageError('LAYER_NOT_FOUND', `There is no layer ${id}.`, { details: { id } });
  return stored;
}

/** The ids of all layers, in no order. */
export function recordIds(layout: BookLayout): readonly string[] {
  return readdirSync(layout.records).map(recordId);
}

function recordObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function isIds(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((id) => typeof id === 'string');
}

function isKind(value: unknown): value is LayerKind {
  return value === 'writable' || value === 'committed';
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}

function isLabels(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' && value !== null && Object.values(value).every((label) => typeof label === 'string')
  );
}

function isUsage(value: unknown): value is Usage {
  if (typeof value !== 'object' || value === null) return false;
  const { allocated, apparent, inodes } = value as Record<keyof Usage, unknown>; // Every key may be missing: that is looked at here.
  return [allocated, apparent, inodes].every((amount) => typeof amount === 'number');
}
