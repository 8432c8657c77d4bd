import {
  type ApplyResult,
  type Capabilities,
  type Change,
  type CreateOptions,
  type Driver,
  type GetOptions,
  isLayerId,
  type LayerFile,
  type LayerRecord,
  type Mount,
  type MountPlan,
  StorageError,
  type Usage,
} from '@graphdriver/core';
import type { Peer, PeerKind } from './peer.ts';

/** Layers and mounts of another program, which is started with the first layer. The books are in memory. */
export class PeerDriver implements Driver {
  readonly name: string;
  readonly root: string;
  readonly capabilities: Capabilities;
  readonly #kind: PeerKind;
  readonly #records = new Map<string, LayerRecord>();
  #started: Promise<Peer> | undefined;
  #views = 0;

  constructor(kind: PeerKind, root: string, capabilities: Capabilities) {
    this.name = kind.name;
    this.root = root;
    this.capabilities = capabilities;
    this.#kind = kind;
  }

  async create(id: string, { parent, forkOf, labels = {} }: CreateOptions = {}): Promise<LayerRecord> {
    if (!isLayerId(id)) throw new TypeError(`${id} is no id of a layer.`);
    if (forkOf !== undefined) throw new StorageError('UNSUPPORTED', 'Other programs fork no layers here.');
    if (this.#records.has(id)) throw new StorageError('LAYER_EXISTS', `There is a layer ${id} already.`);
    if (parent !== undefined) await this.stat(parent);
    await (await this.#peer()).create(id, parent ?? null);
    const createdAt = new Date().toISOString();
    const record: LayerRecord = { id, parent: parent ?? null, kind: 'writable', createdAt, labels };
    this.#records.set(id, record);
    return record;
  }

  async commit(id: string): Promise<LayerRecord> {
    const record: LayerRecord = { ...(await this.stat(id)), kind: 'committed' };
    await (await this.#peer()).commit(id);
    this.#records.set(id, record);
    return record;
  }

  async remove(id: string): Promise<void> {
    await this.stat(id);
    await (await this.#peer()).remove(id);
    this.#records.delete(id);
  }

  /** A committed layer is seen through a layer of its own on top, for as long as it is held. */
  async get(id: string, { readOnly = false }: GetOptions = {}): Promise<Mount> {
    const { kind } = await this.stat(id);
    const peer = await this.#peer();
    const isView = kind === 'committed';
    this.#views += isView ? 1 : 0;
    const held = isView ? `view-${this.#views}` : id;
    if (isView) await peer.create(held, id);
    const path = await peer.mount(held);
    let isHeld = true;
    const put = async (): Promise<void> => {
      if (!isHeld) return;
      await peer.unmount(held);
      isHeld = false;
      if (isView) await peer.remove(held);
    };
    return { id, path, readOnly, holder: null, put, [Symbol.asyncDispose]: put };
  }

  /** Says how long the archive was, for nobody looks into it. */
  async applyDiff(id: string, archive: AsyncIterable<Uint8Array>): Promise<ApplyResult> {
    await this.stat(id);
    let size = 0;
    const counted = async function* (): AsyncIterable<Uint8Array> {
      for await (const piece of archive) {
        size += piece.length;
        yield piece;
      }
    };
    await (await this.#peer()).apply(id, counted());
    return { size };
  }

  async stat(id: string): Promise<LayerRecord> {
    const record = this.#records.get(id);
    if (record === undefined) throw new StorageError('LAYER_NOT_FOUND', `There is no layer ${id}.`);
    return record;
  }

  async exists(id: string): Promise<boolean> {
    return this.#records.has(id);
  }

  async list(): Promise<readonly LayerRecord[]> {
    return [...this.#records.values()];
  }

  /** Ends the program, with everything that it keeps. */
  async close(): Promise<void> {
    const ending = this.#started;
    this.#started = undefined;
    this.#records.clear();
    await (await ending?.catch(() => undefined))?.[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  readonly put = (): Promise<void> => this.#refuse();
  readonly holders = async (): Promise<readonly never[]> => [];
  readonly describeMount = (): Promise<MountPlan> => this.#refuse();
  readonly setLabels = (): Promise<LayerRecord> => this.#refuse();
  readonly usage = (): Promise<Usage> => this.#refuse();
  readonly reclaimable = (): Promise<number> => this.#refuse();
  readonly status = async (): Promise<readonly never[]> => [];
  readonly metadata = async (): Promise<Record<string, never>> => ({});
  readonly changes = (): Promise<readonly Change[]> => this.#refuse();
  readonly diffSize = (): Promise<number> => this.#refuse();
  readonly openLayerFile = (): Promise<LayerFile> => this.#refuse();

  // biome-ignore lint/correctness/useYield: it fails before it has anything to say
  async *diff(): AsyncIterable<Uint8Array> {
    await this.#refuse();
  }

  #peer(): Promise<Peer> {
    this.#started ??= this.#kind.start(this.root);
    return this.#started;
  }

  async #refuse(): Promise<never> {
    throw new StorageError('UNSUPPORTED', `Nobody asks ${this.name} for more than layers and mounts.`);
  }
}
