import { type Dirent, existsSync, lstatSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import {
  type CallOptions,
  type Capabilities,
  type LayerMetadata,
  type MountDescription,
  type Quota,
  type SettingSpec,
  type StatusLine,
  StorageError,
  throwIfAborted,
  type Usage,
} from '@graphdriver/core';
import { type BackendLayer, dressRoot, type LayerBackend, type ViewRequest } from '@graphdriver/driver-kit';
import {
  closeFile,
  createFile,
  type Mounter,
  makeDirectory,
  measureTree,
  removeTree,
  syncFilesystem,
} from '@graphdriver/host';
import type { OverlayManner } from './kernel-features.ts';
import { LayerLinks } from './layer-links.ts';
import type { Overlay2Layout } from './layout.ts';
import {
  couldFitPage,
  describePlan,
  fitsPage,
  type OverlayPlan,
  overlayRequest,
  planView,
  withLowers,
} from './mount-options.ts';
import { OVERLAY2_SETTINGS } from './options.ts';
import { refuseAsLower } from './overlay2-capabilities.ts';
import type { LayerQuotas } from './quotas.ts';
import { removeBareLayer } from './remove-bare-layer.ts';
import { ensureWork, prepareWork, removeWork } from './work-directory.ts';

/** How the names of attributes start that overlay keeps for itself, on one directory each. */
const OVERLAY_ATTRIBUTES = ['trusted.overlay.', 'user.overlay.'];

/** What `st_blocks` counts in. */
const BLOCK = 512;

/** What {@link Overlay2Backend} is made of. */
export interface Overlay2BackendParts {
  readonly layout: Overlay2Layout;
  readonly mounter: Mounter;
  readonly manner: OverlayManner;
  /** A change of mode leaves a file without data in the upper directory: an old kernel that cannot be told not to. */
  readonly metacopy: boolean;
  readonly capabilities: Capabilities;
  readonly quotas: LayerQuotas;
}

/** Layers as directories that the kernel's overlay file system stacks. What is not said here is said by {@link LayerBackend}. */
export class Overlay2Backend implements LayerBackend {
  readonly name = 'overlay2';
  readonly settings: readonly SettingSpec[] = OVERLAY2_SETTINGS;
  readonly capabilities: Capabilities;
  readonly #layout: Overlay2Layout;
  readonly #links: LayerLinks;
  readonly #mounter: Mounter;
  readonly #manner: OverlayManner;
  readonly #metacopy: boolean;
  readonly #quotas: LayerQuotas;

  constructor(parts: Overlay2BackendParts) {
    this.capabilities = parts.capabilities;
    this.#layout = parts.layout;
    this.#links = new LayerLinks(parts.layout);
    this.#mounter = parts.mounter;
    this.#manner = parts.manner;
    this.#metacopy = parts.metacopy;
    this.#quotas = parts.quotas;
  }

  /** Makes two directories and a hard link, and gives the upper one the attributes that the parent's root directory shows. */
  async make(layer: BackendLayer, options: CallOptions & { readonly quota?: Quota }): Promise<void> {
    throwIfAborted(options.signal, `Making layer ${layer.id}`);
    // 0710 as in Docker: other users can neither list layers nor run the set-user-id programs in them.
    makeDirectory(this.#layout.layer(layer.id), 0o710);
    if (options.quota !== undefined) this.#quotas.grant(layer.id, options.quota.bytes);
    makeDirectory(this.#layout.diff(layer.id), 0o755);
    if (options.quota !== undefined) this.#quotas.cover(layer.id, this.#layout.diff(layer.id));
    const [parentId] = layer.parents;
    const parent = parentId === undefined ? null : this.#layout.diff(parentId);
    dressRoot(this.#layout.diff(layer.id), { parent, own: OVERLAY_ATTRIBUTES });
    this.#links.adopt(layer);
  }

  /** Removes the layer's short name, then the one directory that it is, from the leaves up: a second run goes on where the first was cut short. */
  async unmake(id: string): Promise<void> {
    this.#links.forget(id);
    this.#quotas.release(id);
    if (!removeBareLayer(this.#layout, id)) await removeTree(this.#layout.layer(id));
  }

  /** The whole file system is synced: an upper directory has no smaller unit that the kernel knows. */
  async seal(layer: BackendLayer, options: CallOptions): Promise<void> {
    throwIfAborted(options.signal, `Committing layer ${layer.id}`);
    refuseAsLower(layer);
    await removeTree(this.#layout.incoming(layer.id));
    this.#links.give(layer);
    await syncFilesystem(this.#layout.diff(layer.id));
    // Nothing will be mounted writable here again; were the commit cut short, the next mount makes it anew.
    await removeTree(this.#layout.work(layer.id));
  }

  /**
   * What was being put together beside the layer's directory never became part of it, or is what it was exchanged for.
   * A layer that is still writable has no short name.
   */
  async recover(layer: BackendLayer): Promise<void> {
    await removeTree(this.#layout.incoming(layer.id));
    this.#quotas.settle(layer.id);
    this.#links.takeBack(layer.id);
  }

  /**
   * Makes a writable layer's directory again where it has not reached the disk before its record did, which a file system without a journal
   * allows; what users had written there without syncing it is then gone as well. Makes lost links again, of any layer.
   */
  async repair(layer: BackendLayer): Promise<void> {
    if (layer.kind === 'committed' || existsSync(this.#layout.diff(layer.id))) return this.#links.repair(layer);
    const bytes = this.#quotas.quotaOf(layer.id);
    await removeTree(this.#layout.layer(layer.id));
    await this.make(layer, bytes === null ? {} : { quota: { bytes } });
  }

  intact(): boolean {
    return this.#links.complete;
  }

  async tidy(): Promise<void> {
    await this.#links.sweep();
  }

  mountpoint(id: string): string {
    return this.#layout.merged(id);
  }

  async mount(layer: BackendLayer, view: ViewRequest, target: string): Promise<void> {
    const plan = planView(this.#layout, layer, view, this.#manner);
    try {
      if (plan.kind === 'bind') return await this.#mounter.bind(plan.source, target, plan.readOnly ? ['ro'] : []);
      if (plan.readOnly) return await this.#mounter.mount(overlayRequest(plan, target));
      await this.#quotas.whileMounting(layer.id, () => {
        this.#prepareWork(layer.id, prepareWork);
        return this.#mounter.mount(overlayRequest(plan, target));
      });
    } catch (error) {
      removeQuietly(() => this.unmounted(layer.id));
      throw this.#missingPart(layer) ?? error;
    }
  }

  /** Empty directories cost a block each, and the next mount makes them again. */
  unmounted(id: string): void {
    if (!existsSync(this.#layout.described(id))) removeWork(this.#layout.work(id));
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
    const plan = planView(this.#layout, layer, view, this.#manner);
    const description = describePlan(plan.kind === 'bind' || fitsPage(plan) ? plan : this.#shortened(plan, layer));
    if (plan.kind === 'overlay' && !plan.readOnly) this.#prepareForOthers(layer.id);
    return [description];
  }

  /** The same mount with Docker's short names for the layers underneath, which are looked after before they are given away. */
  #shortened(plan: OverlayPlan, layer: BackendLayer): OverlayPlan {
    const ids = [...(plan.readOnly ? [layer.id] : []), ...layer.parents];
    if (!couldFitPage(plan, this.#layout)) return plan;
    try {
      // A writable layer that is to be shown read-only has no name yet.
      const isNamed = (id: string): boolean => id !== layer.id || layer.kind === 'committed';
      return withLowers(
        plan,
        ids.map((id) => (isNamed(id) ? this.#links.pathOf(id) : this.#layout.diff(id))),
      );
    } catch (error) {
      throw this.#missingPart(layer) ?? error;
    }
  }

  /** A description must work as it stands; what is mounted now is in the kernel's hands. */
  #prepareForOthers(id: string): void {
    const described = this.#layout.described(id);
    if (!existsSync(described)) closeFile(createFile(described, 0o600));
    this.#prepareWork(id, existsSync(this.#layout.merged(id)) ? ensureWork : prepareWork);
  }

  #prepareWork(id: string, prepare: (work: string) => void): void {
    const work = this.#layout.work(id);
    prepare(work);
    // Each time, for a crash may have come between making the directory and this.
    this.#quotas.cover(id, work);
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
      exclusive + this.#links.bytesOf(layer.id),
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

  /** Docker's keys beside those of the kit. */
  async status(): Promise<readonly StatusLine[]> {
    return [
      { key: 'Supports d_type', value: 'true' },
      { key: 'Using metacopy', value: `${this.#metacopy}` },
      { key: 'Native Overlay Diff', value: `${this.capabilities.nativeDiff}` },
      { key: 'userxattr', value: `${this.#manner.userxattr}` },
    ];
  }

  async layersOnDisk(): Promise<readonly string[]> {
    const entries = await readdir(this.#layout.root, { withFileTypes: true });
    const folders = entries.filter((entry: Dirent) => entry.isDirectory());
    return folders.flatMap(({ name }) => this.#layout.idOfFolder(name) ?? []);
  }
}

/** What cannot be removed while an error is on its way goes with the layer, or by its next mount. */
function removeQuietly(remove: () => void): void {
  try {
    remove();
  } catch {
    // The first error is the one to tell.
  }
}
