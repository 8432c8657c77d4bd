import { existsSync } from 'node:fs';
import {
  type CallOptions,
  type Labels,
  type LayerRecord,
  type Quota,
  StorageError,
  throwIfAborted,
} from '@graphdriver/core';
import { closeFile, createFile, renameFile, writeBytes } from '@graphdriver/host';
import { pendingPath, recordPath } from './book-layout.ts';
import { enterChild } from './children.ts';
import type { BackendLayer } from './layer-backend.ts';
import { lockFamily } from './layer-locks.ts';
import { finishLeftovers, pendingText, undoCreation } from './leftovers.ts';
import type { OpenRoot } from './open-root.ts';
import { quietly } from './quietly.ts';
import { frozenRecord, readRecord, serializeRecord } from './records.ts';

/** What a new layer is to be, with all that was left out filled in. */
export interface CreationRequest extends CallOptions {
  readonly parent: string | undefined;
  readonly labels: Labels;
  readonly quota: Quota | undefined;
}

/** Makes a layer. Its record appears by one rename when everything else is there. */
export async function createLayer(root: OpenRoot, id: string, request: CreationRequest): Promise<LayerRecord> {
  const { parent, signal } = request;
  const { layout } = root;
  using locks = await lockFamily(root, id, parent, request);
  if (existsSync(recordPath(layout, id))) {
    throw new StorageError('LAYER_EXISTS', `There is a layer ${id} already.`, {
      hint: 'Choose another id.',
      details: { id },
    });
  }
  const parents = parentsOfNew(root, parent);
  await finishLeftovers(root, id);
  throwIfAborted(signal, `Making the layer ${id}`);
  const file = createFile(pendingPath(layout, id), 0o600);
  try {
    const layer: BackendLayer = { id, parents, kind: 'writable' };
    await makeFiles(root, layer, request, file, locks.releaseParent);
    const record = frozenRecord({
      id,
      parent: parent ?? null,
      kind: 'writable',
      createdAt: new Date().toISOString(),
      labels: request.labels,
    });
    // Longer than what the file says by now.
    write(file, serializeRecord({ record, parents, usage: null }));
    throwIfAborted(signal, `Making the layer ${id}`);
    renameFile(pendingPath(layout, id), recordPath(layout, id));
    return record;
  } catch (error) {
    await quietly(() => undoCreation(root, id));
    throw error;
  } finally {
    closeFile(file);
  }
}

async function makeFiles(
  root: OpenRoot,
  layer: BackendLayer,
  { parent, quota, signal }: CreationRequest,
  file: number,
  releaseParent: () => void,
): Promise<void> {
  write(file, pendingText(layer.id, parent));
  if (parent !== undefined) enterChild(root.layout, parent, layer.id);
  releaseParent();
  const options = signal === undefined ? {} : { signal };
  await root.backend.make(layer, quota === undefined ? options : { ...options, quota });
}

function write(file: number, text: string): void {
  const bytes = Buffer.from(text);
  writeBytes(file, bytes, 0, bytes.length, 0);
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
