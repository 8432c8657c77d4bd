import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { compareTrees, directoryTree, emptyTree } from '@graphdriver/archive';
import {
  assertHolderName,
  assertLayerId,
  assertQuota,
  type CallOptions,
  type Capabilities,
  type CreateOptions,
  type GetOptions,
  type Holder,
  type Labels,
  type LayerDriver,
  type LayerMetadata,
  type LayerRecord,
  type Mount,
  type MountOptions,
  type MountPlan,
  type PutOptions,
  refuseUnknownKeys,
  type StatusLine,
  StorageError,
  throwIfAborted,
  type Usage,
} from '@graphdriver/core';
import { copyTree, type Mounter, measureTree, removeTree, renameFile, toStorageError } from '@graphdriver/host';
import type { BookedLayer, Hold, ReferenceBooks } from './reference-books.ts';
import { flagsOf, holdView, refuseUnsupported, releaseHold } from './reference-views.ts';

const MOUNT_KEYS = ['readOnly', 'nosuid', 'nodev', 'noexec', 'volatile', 'idMap', 'mountLabel', 'signal'];

/**
 * The contract in the plainest way: every layer is a full copy of its parent in a directory, every mount a bind of it,
 * and the books are kept in memory.
 */
export class ReferenceLayers implements LayerDriver {
  readonly name = 'reference';
  readonly root: string;
  readonly capabilities: Capabilities;
  readonly #books: ReferenceBooks;
  readonly #mounter: Mounter;
  #closed = false;

  constructor(books: ReferenceBooks, mounter: Mounter, capabilities: Capabilities) {
    this.root = books.root;
    this.capabilities = capabilities;
    this.#books = books;
    this.#mounter = mounter;
  }

  async create(id: string, options: CreateOptions = {}): Promise<LayerRecord> {
    refuseUnknownKeys(options, ['parent', 'forkOf', 'labels', 'quota', 'signal'], 'create');
    for (const other of [options.parent, options.forkOf]) if (other !== undefined) assertLayerId(other, 'layer id');
    if (options.parent !== undefined && options.forkOf !== undefined) throw new TypeError('A fork is given no parent.');
    const labels = options.labels === undefined ? Object.freeze({}) : copyOfLabels(options.labels);
    if (options.quota !== undefined) assertQuota(options.quota);
    const make = async (): Promise<LayerRecord> => {
      if (this.#books.layers.has(id)) throw new StorageError('LAYER_EXISTS', `There is a layer ${id} already.`);
      if (options.quota !== undefined) throw new StorageError('UNSUPPORTED', 'The reference driver has no quotas.');
      this.#requireParent(options.parent);
      const source = options.forkOf === undefined ? undefined : this.#idle(options.forkOf);
      await this.#fill(id, source?.id ?? options.parent, options);
      // The directory's own change time: a clock of ours may be ahead of the one that stamps what users write.
      const made = new Date(Math.floor(lstatSync(this.#books.directoryOf(id)).ctimeMs)).toISOString();
      const record = Object.freeze({
        id,
        parent: source === undefined ? (options.parent ?? null) : source.parent,
        kind: 'writable' as const,
        createdAt: source?.createdAt ?? made,
        labels,
      });
      this.#books.layers.set(id, { record, usage: null, holds: [], views: new Map() });
      return record;
    };
    return this.#inTurn(id, options, 'create', make, options.forkOf ?? options.parent);
  }

  async commit(id: string, options: CallOptions = {}): Promise<LayerRecord> {
    refuseUnknownKeys(options, ['signal'], 'commit');
    return this.#inTurn(id, options, 'commit', async () => {
      const layer = this.#layer(id);
      if (layer.record.kind === 'committed') throw new StorageError('LAYER_COMMITTED', `${id} is committed already.`);
      refuseHeld(layer);
      layer.usage = await this.#measure(layer, options);
      layer.record = Object.freeze({ ...layer.record, kind: 'committed' as const });
      return layer.record;
    });
  }

  async remove(id: string, options: CallOptions = {}): Promise<void> {
    refuseUnknownKeys(options, ['signal'], 'remove');
    return this.#inTurn(id, options, 'remove', async () => {
      const layer = this.#layer(id);
      refuseHeld(layer);
      const child = [...this.#books.layers.values()].find(({ record }) => record.parent === id);
      if (child !== undefined) throw new StorageError('LAYER_IN_USE', `${id} is the parent of ${child.record.id}.`);
      const aside = this.#books.asideOf(id);
      renameFile(this.#books.directoryOf(id), aside);
      this.#books.layers.delete(id);
      // The layer is gone: files that resist are no reason to say otherwise.
      await removeTree(aside).catch(() => removeTree(aside).catch(() => undefined));
    });
  }

  async get(id: string, options: GetOptions = {}): Promise<Mount> {
    refuseUnknownKeys(options, [...MOUNT_KEYS, 'holder'], 'get');
    if (options.holder !== undefined) assertHolderName(options.holder);
    return this.#inTurn(id, options, 'get', async () => {
      const layer = this.#layer(id);
      refuseUnsupported(options);
      const hold = await holdView(this.#books, this.#mounter, layer, options, this);
      return this.#mountOf(layer, hold);
    });
  }

  async put(id: string, options: PutOptions & { readonly holder: string }): Promise<void> {
    refuseUnknownKeys(options, ['detach', 'holder'], 'put');
    assertHolderName(options?.holder);
    return this.#inTurn(id, {}, 'put', async () => {
      const layer = this.#layer(id);
      const hold = layer.holds.find(({ name }) => name === options.holder);
      if (hold === undefined) throw new StorageError('HOLDER_NOT_FOUND', `${options.holder} does not hold ${id}.`);
      await releaseHold(this.#mounter, layer, hold, options.detach === true);
    });
  }

  async holders(id: string): Promise<readonly Holder[]> {
    return this.#inTurn(id, {}, 'holders', async () =>
      this.#layer(id).holds.map(({ name }) => ({ name, pid: process.pid, live: true })),
    );
  }

  async describeMount(id: string, options: MountOptions = {}): Promise<MountPlan> {
    refuseUnknownKeys(options, MOUNT_KEYS, 'describeMount');
    return this.#inTurn(id, options, 'describeMount', async () => {
      const layer = this.#layer(id);
      refuseUnsupported(options);
      const flags = flagsOf(layer, options);
      const access = flags.includes('ro') ? flags : ['rw', ...flags];
      const mount = { type: 'bind', source: this.#books.directoryOf(id), options: ['bind', ...access] };
      return { sharing: 'portable' as const, mounts: [mount] };
    });
  }

  async stat(id: string): Promise<LayerRecord> {
    return this.#inTurn(id, {}, 'stat', async () => this.#layer(id).record);
  }

  async exists(id: string): Promise<boolean> {
    return this.#inTurn(id, {}, 'exists', async () => this.#books.layers.has(id));
  }

  async list(): Promise<readonly LayerRecord[]> {
    this.#requireOpen();
    const records = [...this.#books.layers.values()].map(({ record }) => record);
    const depths = new Map(records.map((record) => [record.id, this.#depth(record)]));
    const depthOf = (record: LayerRecord): number => depths.get(record.id) ?? 0;
    return records.sort((a, b) => depthOf(a) - depthOf(b) || (a.id < b.id ? -1 : 1));
  }

  async setLabels(id: string, labels: Labels): Promise<LayerRecord> {
    const copy = copyOfLabels(labels);
    return this.#inTurn(id, {}, 'setLabels', async () => {
      const layer = this.#layer(id);
      layer.record = Object.freeze({ ...layer.record, labels: copy });
      return layer.record;
    });
  }

  async usage(id: string, options: CallOptions = {}): Promise<Usage> {
    refuseUnknownKeys(options, ['signal'], 'usage');
    return this.#inTurn(id, options, 'usage', async () => {
      const layer = this.#layer(id);
      return layer.usage ?? (await this.#measure(layer, options));
    });
  }

  async reclaimable(id: string, options: CallOptions = {}): Promise<number> {
    refuseUnknownKeys(options, ['signal'], 'reclaimable');
    return this.#inTurn(id, options, 'reclaimable', async () => {
      this.#layer(id);
      return (await measureTree(this.#books.directoryOf(id), options)).exclusive;
    });
  }

  async status(): Promise<readonly StatusLine[]> {
    this.#requireOpen();
    return [
      { key: 'Root Dir', value: this.root },
      { key: 'Layers', value: String(this.#books.layers.size) },
    ];
  }

  async metadata(id: string): Promise<LayerMetadata> {
    return this.#inTurn(id, {}, 'metadata', async () => {
      this.#layer(id);
      return { SourceDir: this.#books.directoryOf(id) };
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const [id, layer] of this.#books.layers) {
      await this.#books.inTurn(id, async () => {
        for (const hold of layer.holds.filter(({ owner }) => owner === this)) {
          await releaseHold(this.#mounter, layer, hold, true);
        }
      });
    }
    this.#books.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #inTurn<T>(
    id: string,
    options: CallOptions,
    what: string,
    action: () => Promise<T>,
    other?: string,
  ): Promise<T> {
    assertLayerId(id);
    this.#requireOpen();
    return this.#books.inTurns(other === undefined ? [id] : [id, other], async () => {
      throwIfAborted(options.signal, `${what} of ${id}`);
      try {
        return await action();
      } catch (error) {
        throw toStorageError(error, `${what} of ${id} failed.`, options.signal);
      }
    });
  }

  #requireOpen(): void {
    if (this.#closed) throw new StorageError('CLOSED', `The driver at ${this.root} is closed.`);
  }

  #layer(id: string): BookedLayer {
    const layer = this.#books.layers.get(id);
    if (layer === undefined) throw new StorageError('LAYER_NOT_FOUND', `There is no layer ${id}.`);
    return layer;
  }

  /** The record of a layer that can be forked. */
  #idle(id: string): LayerRecord {
    const layer = this.#layer(id);
    if (layer.record.kind === 'committed')
      throw new StorageError('LAYER_COMMITTED', `${id} is committed.`, { hint: 'Give it as the parent.' });
    refuseHeld(layer);
    return layer.record;
  }

  #requireParent(parent: string | undefined): void {
    if (parent === undefined) return;
    const layer = this.#books.layers.get(parent);
    if (layer === undefined) throw new StorageError('PARENT_NOT_FOUND', `There is no layer ${parent}.`);
    if (layer.record.kind === 'committed') return;
    throw new StorageError('PARENT_NOT_COMMITTED', `${parent} is not committed.`);
  }

  /** Makes the directory of a new layer with the files of another, or nothing. */
  async #fill(id: string, from: string | undefined, options: CallOptions): Promise<void> {
    const directory = this.#books.directoryOf(id);
    try {
      mkdirSync(directory);
      chmodSync(directory, 0o755); // The umask had a say in mkdir.
      if (from !== undefined) await copyTree(this.#books.directoryOf(from), directory, options);
      throwIfAborted(options.signal, `create of ${id}`);
    } catch (error) {
      await removeTree(directory);
      throw error;
    }
  }

  #mountOf(layer: BookedLayer, hold: Hold): Mount {
    const { id } = layer.record;
    const put = async (options: PutOptions = {}): Promise<void> => {
      refuseUnknownKeys(options, ['detach'], 'put');
      await this.#books.inTurn(id, async () => {
        if (!layer.holds.includes(hold)) return;
        await releaseHold(this.#mounter, layer, hold, options.detach === true).catch((error: unknown) => {
          throw toStorageError(error, `put of ${id} failed.`);
        });
      });
    };
    const { path, readOnly } = hold.view;
    return { id, path, readOnly, holder: hold.name, put, [Symbol.asyncDispose]: () => put() };
  }

  #depth(record: LayerRecord): number {
    const parent = record.parent === null ? undefined : this.#books.layers.get(record.parent);
    return parent === undefined ? 0 : this.#depth(parent.record) + 1;
  }

  async #measure(layer: BookedLayer, options: CallOptions): Promise<Usage> {
    const { id, parent } = layer.record;
    const tree = directoryTree(this.#books.directoryOf(id));
    const base = parent === null ? emptyTree : directoryTree(this.#books.directoryOf(parent));
    const counted = new Set<string>();
    let [allocated, apparent] = [0, 0];
    for await (const { kind, node } of compareTrees(tree, base, options)) {
      if (kind === 'delete' || node === undefined || counted.has(node.identity)) continue;
      counted.add(node.identity);
      allocated += node.blocks * 512;
      apparent += node.size;
    }
    return { allocated, apparent, inodes: counted.size };
  }
}

function refuseHeld(layer: BookedLayer): void {
  if (layer.holds.length > 0) throw new StorageError('LAYER_IN_USE', `${layer.record.id} is held.`);
}

function copyOfLabels(labels: Labels): Labels {
  const isPlain = labels !== null && typeof labels === 'object' && !Array.isArray(labels);
  if (!isPlain || Object.values(labels).some((value) => typeof value !== 'string')) {
    throw new TypeError('Labels are an object of strings.');
  }
  return Object.freeze(Object.fromEntries(Object.entries(labels)));
}
