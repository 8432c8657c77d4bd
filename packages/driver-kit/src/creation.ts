import {
  type CallOptions,
  type Labels,
  type LayerRecord,
  type Quota,
  StorageError,
  throwIfAborted,
} from '@graphdriver/core';
import { fileClock, unlinkFile } from '@graphdriver/host';
import { pendingPath, recordPath } from './book-layout.ts';
import { enterChild } from './children.ts';
import { requireForkable } from './idle-layer.ts';
import type { BackendLayer } from './layer-backend.ts';
import { lockFamily } from './layer-locks.ts';
import { finishLeftovers, pendingText, undoCreation } from './leftovers.ts';
import { hasName, writeNote } from './notes.ts';
import type { OpenRoot } from './open-root.ts';
import { quietly } from './quietly.ts';
import { backendLayer, frozenRecord, readRecord, type StoredRecord, serializeRecord } from './records.ts';

/** What a new layer is to be, with all that was left out filled in. */
export interface CreationRequest extends CallOptions {
  readonly parent: string | undefined;
  /** Never together with a parent. */
  readonly forkOf: string | undefined;
  readonly labels: Labels;
  readonly quota: Quota | undefined;
}

/** Makes a layer. Its record appears by one system call when everything else is there. */
export async function createLayer(root: OpenRoot, id: string, request: CreationRequest): Promise<LayerRecord> {
  const { forkOf, signal } = request;
  const { layout } = root;
  using locks = await lockFamily(root, id, forkOf ?? request.parent, request);
  if (hasName(recordPath(layout, id))) {
    throw new StorageError('LAYER_EXISTS', `There is a layer ${id} already.`, {
      hint: 'Choose another id.',
      details: { id },
    });
  }
  const source = forkOf === undefined ? undefined : await requireForkable(root, forkOf);
  const parents = source?.parents ?? parentsOfNew(root, request.parent);
  const [parent] = parents;
  await finishLeftovers(root, id);
  throwIfAborted(signal, `Making the layer ${id}`);
  try {
    writeNote(pendingPath(layout, id), pendingText(id, parent));
    const layer: BackendLayer = { id, parents, kind: 'writable' };
    if (parent !== undefined) enterChild(layout, parent, id);
    // From here on a parent can neither go nor change. A layer that is being forked could do both.
    if (source === undefined) locks.releaseOther();
    await makeFiles(root, layer, source, request);
    const record = frozenRecord({
      id,
      parent: parent ?? null,
      kind: 'writable',
      // By the clock that stamps files: by another one, a change could look older than the layer. A fork has all that its source has changed.
      createdAt: source?.record.createdAt ?? new Date(Number(fileClock() / 1_000_000n)).toISOString(),
      labels: request.labels,
    });
    throwIfAborted(signal, `Making the layer ${id}`);
    writeNote(recordPath(layout, id), serializeRecord({ record, parents, usage: null }));
    // From here on the layer is made: a note that stays says nothing any more.
    await quietly(() => unlinkFile(pendingPath(layout, id)));
    return record;
  } catch (error) {
    await quietly(() => undoCreation(root, id));
    throw error;
  }
}

async function makeFiles(
  root: OpenRoot,
  layer: BackendLayer,
  source: StoredRecord | undefined,
  { quota, signal }: CreationRequest,
): Promise<void> {
  const { backend } = root;
  const options = { ...(signal === undefined ? {} : { signal }), ...(quota === undefined ? {} : { quota }) };
  if (source === undefined) return await backend.make(layer, options);
  if (backend.fork === undefined)
    throw new TypeError(`The backend ${backend.name} promises forks and has no method for them.`);
  await backend.fork(layer, backendLayer(source), options);
}

function parentsOfNew(root: OpenRoot, parent: string | undefined): readonly string[] {
  if (parent === undefined) return [];
  const stored = readRecord(root.layout, parent);
  if (stored === undefined) {
    throw new StorageError('PARENT_NOT_FOUND', `There is no layer ${parent} to stack on.`, { details: { parent } });
  }
  if (stored.record.kind !== 'committed') {
    throw new StorageError('PARENT_NOT_COMMITTED', `The layer ${parent} can still change.`, {
      hint: 'Commit it first.',
      details: { parent },
    });
  }
  const parents = [parent, ...stored.parents];
  const { maxDepth } = root.backend.capabilities;
  if (maxDepth !== null && parents.length + 1 > maxDepth) {
    throw new StorageError('DEPTH_EXCEEDED', `This driver mounts chains of up to ${maxDepth} layers.`, {
      hint: 'Squash layers: apply the diff of several of them to a new one.',
      details: { parent, depth: parents.length + 1, maxDepth },
    });
  }
  return parents;
}
