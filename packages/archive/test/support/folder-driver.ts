import { mkdirSync, rmSync } from 'node:fs';
import {
  type Capabilities,
  type CreateOptions,
  type GetOptions,
  type Holder,
  type Labels,
  type LayerDriver,
  type LayerMetadata,
  type LayerRecord,
  type Mount,
  type MountPlan,
  type StatusLine,
  StorageError,
  type Usage,
} from '@graphdriver/core';
import { copyTree } from '@graphdriver/host';

/** The half of a driver that is not about diffs, as small as it can be: full copies in folders, books in memory, no mounts. */
export class FolderDriver implements LayerDriver {
  readonly name = 'folder';
  readonly root: string;
  readonly capabilities: Capabilities = {
    copyOnWrite: 'none',
    maxDepth: null,
    nativeDiff: false,
    quota: null,
    idMap: 'none',
    forks: false,
    mountLabel: false,
    timestampGranularity: 1,
    renameLowerDirectory: true,
    stableInodes: true,
    keepsHardLinks: true,
    sharesOpenFiles: true,
    readOnlyViews: false,
    volatile: false,
    portableMounts: false,
    sharedRoot: false,
    persistent: false,
  };
  readonly #records = new Map<string, LayerRecord>();
  readonly #holds = new Map<string, number>();
  #isClosed = false;

  constructor(root: string) {
    this.root = root;
  }

  async create(id: string, { parent, labels = {} }: CreateOptions = {}): Promise<LayerRecord> {
    if (parent === undefined) mkdirSync(this.#path(id));
    else await copyTree(this.#path(parent), this.#path(id));
    const createdAt = new Date().toISOString();
    return this.#keep({ id, parent: parent ?? null, kind: 'writable', createdAt, labels });
  }

  async commit(id: string): Promise<LayerRecord> {
    return this.#keep({ ...this.#record(id), kind: 'committed' });
  }

  async remove(id: string): Promise<void> {
    this.#record(id);
    if (this.held(id) > 0) throw new StorageError('LAYER_IN_USE', `${id} is held.`);
    rmSync(this.#path(id), { recursive: true });
    this.#records.delete(id);
  }

  async get(id: string, options: GetOptions = {}): Promise<Mount> {
    options.signal?.throwIfAborted();
    this.#record(id);
    this.#holds.set(id, this.held(id) + 1);
    let isHeld = true;
    const put = async (): Promise<void> => {
      if (isHeld) this.#holds.set(id, this.held(id) - 1);
      isHeld = false;
    };
    return { id, path: this.#path(id), readOnly: false, holder: null, put, [Symbol.asyncDispose]: put };
  }

  /** How many hold the layer: what every test asks in the end. */
  held(id: string): number {
    return this.#holds.get(id) ?? 0;
  }

  async put(id: string): Promise<void> {
    throw new StorageError('HOLDER_NOT_FOUND', `${id} has no leases.`);
  }

  async holders(id: string): Promise<readonly Holder[]> {
    this.#record(id);
    return Array.from({ length: this.held(id) }, () => ({ name: null, pid: process.pid, live: true }));
  }

  async describeMount(id: string): Promise<MountPlan> {
    return { sharing: 'live', mounts: [{ type: 'none', source: this.#path(id), options: ['bind'] }] };
  }

  async stat(id: string): Promise<LayerRecord> {
    return this.#record(id);
  }

  async exists(id: string): Promise<boolean> {
    return this.#records.has(id);
  }

  async list(): Promise<readonly LayerRecord[]> {
    return [...this.#records.values()];
  }

  async setLabels(id: string, labels: Labels): Promise<LayerRecord> {
    return this.#keep({ ...this.#record(id), labels });
  }

  async usage(): Promise<Usage> {
    return { allocated: 1, apparent: 2, inodes: 3 };
  }

  async reclaimable(): Promise<number> {
    return 4;
  }

  async status(): Promise<readonly StatusLine[]> {
    return [{ key: 'Layers', value: String(this.#records.size) }];
  }

  async metadata(id: string): Promise<LayerMetadata> {
    return { Folder: this.#path(id) };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #path(id: string): string {
    return `${this.root}/${id}`;
  }

  #record(id: string): LayerRecord {
    if (this.#isClosed) throw new StorageError('CLOSED', 'The driver is closed.');
    const record = this.#records.get(id);
    if (record === undefined) throw new StorageError('LAYER_NOT_FOUND', `There is no layer ${id}.`);
    return record;
  }

  #keep(record: LayerRecord): LayerRecord {
    this.#records.set(record.id, record);
    return record;
  }
}
