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
import type { BackendLayer } from './layer-backend.ts';
import { lockFamily } from './layer-locks.ts';
import { finishLeftovers, pendingText, undoCreation } from './leftovers.ts';
import { hasName, writeNote } from './notes.ts';
import type { OpenRoot } from './open-root.ts';
import { quietly } from './quietly.ts';
import { frozenRecord, readRecord, serializeRecord } from './records.ts';

/** What a new layer is to be, with all that was left out filled in. */
export interface CreationRequest extends CallOptions {
  readonly parent: string | undefined;
  readonly labels: Labels;
  readonly quota: Quota | undefined;
}

/** Makes a layer. Its record appears by one system call when everything else is there. */
export async function createLayer(root: OpenRoot, id: string, request: CreationRequest): Promise<LayerRecord> {
  const { parent, signal } = request;
  const { layout } = root;
  using locks = await lockFamily(root, id, parent, request);
  if (hasName(recordPath(layout, id))) {
    throw new StorageError('LAYER_EXISTS', `There is a layer ${id} already.`, {
      hint: 'Choose another id.',
      details: { id },
    });
  }
  const parents = parentsOfNew(root, parent);
  await finishLeftovers(root, id);
  throwIfAborted(signal, `Making the layer ${id}`);
  try {
    writeNote(pendingPath(layout, id), pendingText(id, parent));
    const layer: BackendLayer = { id, parents, kind: 'writable' };
    await makeFiles(root, layer, request, locks.releaseParent);
    const record = frozenRecord({
      id,
      parent: parent ?? null,
      kind: 'writable',
      // By the clock that stamps files: by another one, a change could look older than the layer.
      createdAt: new Date(Number(fileClock() / 1_000_000n)).toISOString(),
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
  { parent, quota, signal }: CreationRequest,
  releaseParent: () => void,
): Promise<void> {
  if (parent !== undefined) enterChild(root.layout, parent, layer.id);
  releaseParent();
  const options = signal === undefined ? {} : { signal };
  await root.backend.make(layer, quota === undefined ? options : { ...options, quota });
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
