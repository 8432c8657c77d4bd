import { type Dirent, existsSync, lstatSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import {
  type CallOptions,
  type Capabilities,
  isLayerId,
  type LayerMetadata,
  type MountDescription,
  type StatusLine,
  StorageError,
  throwIfAborted,
  type Usage,
} from '@graphdriver/core';
import type { BackendLayer, LayerBackend, ViewRequest } from '@graphdriver/driver-kit';
import { type Mounter, makeDirectory, measureTree, removeTree, syncFilesystem } from '@graphdriver/host';
import type { OverlayFeatures } from './kernel-features.ts';
import type { Overlay2Layout } from './layout.ts';
import { describePlan, overlayRequest, planView } from './mount-options.ts';
import { dressRoot } from './root-attributes.ts';
import { ensureWork, prepareWork } from './work-directory.ts';

/** What `st_blocks` counts in. */
const BLOCK = 512;

/** What {@link Overlay2Backend} is made of. */
export interface Overlay2BackendParts {
  readonly layout: Overlay2Layout;
  readonly mounter: Mounter;
  readonly features: OverlayFeatures;
  readonly capabilities: Capabilities;
}

/** Layers as directories that the kernel's overlay file system stacks. What is not said here is said by {@link LayerBackend}. */
export class Overlay2Backend implements LayerBackend {
  readonly name = 'overlay2';
  readonly capabilities: Capabilities;
  readonly #layout: Overlay2Layout;
  readonly #mounter: Mounter;
  readonly #features: OverlayFeatures;

  constructor(parts: Overlay2BackendParts) {
    this.capabilities = parts.capabilities;
    this.#layout = parts.layout;
    this.#mounter = parts.mounter;
    this.#features = parts.features;
  }

  /** Makes two directories, and gives the upper one the attributes that the parent's root directory shows. */
  async make(layer: BackendLayer, options: CallOptions): Promise<void> {
    throwIfAborted(options.signal, `Making layer ${layer.id}`);
    // 0710 as in Docker: other users can neither list layers nor run the set-user-id programs in them.
    makeDirectory(this.#layout.layer(layer.id), 0o710);
    makeDirectory(this.#layout.diff(layer.id), 0o755);
    const [parent] = layer.parents;
    dressRoot(this.#layout.diff(layer.id), parent === undefined ? null : this.#layout.diff(parent));
  }

  /** Removes the one directory that a layer is, from the leaves up: a second run goes on where the first was cut short. */
  async unmake(id: string): Promise<void> {
    await removeTree(this.#layout.layer(id));
  }

  /** The whole file system is synced: an upper directory has no smaller unit that the kernel knows. */
  async seal(layer: BackendLayer, options: CallOptions): Promise<void> {
    throwIfAborted(options.signal, `Committing layer ${layer.id}`);
    await removeTree(this.#layout.incoming(layer.id));
    await syncFilesystem(this.#layout.diff(layer.id));
    // Nothing will be mounted writable here again; were the commit cut short, the next mount makes it anew.
    await removeTree(this.#layout.work(layer.id));
  }

  /** What was being put together beside the layer's directory never became part of it, or is what it was exchanged for. */
  async recover(layer: BackendLayer): Promise<void> {
    await removeTree(this.#layout.incoming(layer.id));
  }

  /**
   * Makes a layer's directory again where it has not reached the disk before its record did, which a file system without a journal
   * allows; what users had written there without syncing it is then gone as well.
   */
  async repair(layer: BackendLayer): Promise<void> {
    if (lstatSync(this.#layout.diff(layer.id), { throwIfNoEntry: false }) !== undefined) return;
    await removeTree(this.#layout.layer(layer.id));
    await this.make(layer, {});
  }

  mountpoint(id: string): string {
    return this.#layout.merged(id);
  }

  async mount(layer: BackendLayer, view: ViewRequest, target: string): Promise<void> {
    const plan = planView(this.#layout, layer, view, this.#features);
    try {
      if (plan.kind === 'bind') return await this.#mounter.bind(plan.source, target, plan.readOnly ? ['ro'] : []);
      if (!plan.readOnly) prepareWork(this.#layout.work(layer.id));
      await this.#mounter.mount(overlayRequest(plan, target));
    } catch (error) {
      throw this.#missingPart(layer) ?? error;
    }
  }

  /** The kernel says ENOENT, and not of what. */
  #missingPart(layer: BackendLayer): StorageError | undefined {
    const missing = [layer.id, ...layer.parents].find((id) => !existsSync(this.#layout.diff(id)));
    if (missing === undefined) return undefined;
    return new StorageError('CORRUPT_LAYER', `The files of layer ${missing} are gone, which layer ${layer.id} shows.`, {
      hint: 'Bring its directory back from a copy, or remove the layers that stand on it.',
      details: { id: missing, directory: this.#layout.diff(missing) },
    });
  }

  describe(layer: BackendLayer, view: ViewRequest): readonly MountDescription[] {
    const plan = planView(this.#layout, layer, view, this.#features);
    const description = describePlan(plan);
    if (plan.kind === 'overlay' && !plan.readOnly) this.#prepareForOthers(layer.id);
    return [description];
  }

  /** A description must work as it stands; what is mounted now is in the kernel's hands. */
  #prepareForOthers(id: string): void {
    const work = this.#layout.work(id);
    if (existsSync(this.#layout.merged(id))) ensureWork(work);
    else prepareWork(work);
  }

  async usage(layer: BackendLayer, options: CallOptions): Promise<Usage> {
    const { allocated, apparent, inodes } = await measureTree(this.#layout.diff(layer.id), options);
    return { allocated, apparent, inodes };
  }

  /** Everything of the layer but `merged`, which shows what is counted already, or belongs to others. */
  async reclaimable(layer: BackendLayer, options: CallOptions): Promise<number> {
    const { exclusive } = await measureTree(this.#layout.diff(layer.id), options);
    const around = [this.#layout.layer(layer.id), this.#layout.work(layer.id)];
    return around.reduce(
      (sum, path) => sum + BLOCK * (lstatSync(path, { throwIfNoEntry: false })?.blocks ?? 0),
      exclusive,
    );
  }

  /** Docker's keys; its tools read them by name. */
  async metadata(layer: BackendLayer): Promise<LayerMetadata> {
    const lowers = layer.parents.map((parent) => this.#layout.diff(parent));
    return {
      ...(lowers.length > 0 && { LowerDir: lowers.join(':') }),
      MergedDir: this.#layout.merged(layer.id),
      UpperDir: this.#layout.diff(layer.id),
      WorkDir: this.#layout.work(layer.id),
    };
  }

  /** Docker's keys beside those of the kit. They are the same everywhere, because the probe insists and the mount options say so. */
  async status(): Promise<readonly StatusLine[]> {
    return [
      { key: 'Supports d_type', value: 'true' },
      { key: 'Using metacopy', value: 'false' },
      { key: 'Native Overlay Diff', value: 'true' },
      { key: 'userxattr', value: 'false' },
    ];
  }

  async layersOnDisk(): Promise<readonly string[]> {
    const entries = await readdir(this.#layout.root, { withFileTypes: true });
    return entries.filter((entry: Dirent) => entry.isDirectory() && isLayerId(entry.name)).map((entry) => entry.name);
  }
}
