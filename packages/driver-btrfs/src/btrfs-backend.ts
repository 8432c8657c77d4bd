import {
  type CallOptions,
  type Capabilities,
  type LayerMetadata,
  type MountDescription,
  type Quota,
  type SettingSpec,
  type StatusLine,
  throwIfAborted,
  type Usage,
} from '@graphdriver/core';
import type { BackendLayer, LayerBackend, ViewRequest } from '@graphdriver/driver-kit';
import { hasSubvolumeQuotas, type Mounter, subvolumeInfo, syncSubvolumes } from '@graphdriver/host';
import type { LayerSubvolumes } from './layer-subvolumes.ts';
import { usageSince } from './layer-usage.ts';
import { BtrfsLayout } from './layout.ts';
import { SETTINGS } from './options.ts';
import { touchedSince } from './touched-since.ts';

/** What {@link BtrfsBackend} is made of. */
export interface BtrfsBackendParts {
  readonly layout: BtrfsLayout;
  readonly subvolumes: LayerSubvolumes;
  readonly mounter: Mounter;
  readonly capabilities: Capabilities;
}

/** Layers as subvolumes of one btrfs file system. What is not said here is said by {@link LayerBackend}. */
export class BtrfsBackend implements LayerBackend {
  readonly name = 'btrfs';
  readonly fixtures: readonly string[] = BtrfsLayout.rooms;
  readonly settings: readonly SettingSpec[] = SETTINGS;
  readonly capabilities: Capabilities;
  readonly #layout: BtrfsLayout;
  readonly #subvolumes: LayerSubvolumes;
  readonly #mounter: Mounter;

  constructor(parts: BtrfsBackendParts) {
    this.capabilities = parts.capabilities;
    this.#layout = parts.layout;
    this.#subvolumes = parts.subvolumes;
    this.#mounter = parts.mounter;
  }

  async make(layer: BackendLayer, options: CallOptions & { readonly quota?: Quota }): Promise<void> {
    throwIfAborted(options.signal, `Making layer ${layer.id}`);
    await this.#subvolumes.make(layer.id, layer.parents[0], options.quota?.bytes);
  }

  /** One snapshot. The kernel makes it by a transaction, with all that was written to the source, and waits for that: so it is on the disk. */
  async fork(
    layer: BackendLayer,
    source: BackendLayer,
    options: CallOptions & { readonly quota?: Quota },
  ): Promise<void> {
    throwIfAborted(options.signal, `Forking layer ${source.id}`);
    await this.#subvolumes.fork(layer.id, source.id, options.quota?.bytes);
  }

  async unmake(id: string): Promise<void> {
    await this.#subvolumes.unmake(id);
  }

  async seal(layer: BackendLayer, options: CallOptions): Promise<void> {
    throwIfAborted(options.signal, `Committing layer ${layer.id}`);
    await this.#subvolumes.seal(layer.id);
    await syncSubvolumes(this.#layout.root);
  }

  async recover(layer: BackendLayer): Promise<void> {
    await this.#subvolumes.recover(layer.id);
  }

  /** A layer's record and its subvolume can be in different transactions, of which only the first has reached the disk. */
  async repair(layer: BackendLayer): Promise<void> {
    if (layer.kind === 'writable' && !this.#subvolumes.exists(layer.id))
      await this.#subvolumes.make(layer.id, layer.parents[0], undefined);
  }

  mountpoint(id: string): string {
    return this.#layout.mountpoint(id);
  }

  async mount(layer: BackendLayer, view: ViewRequest, target: string): Promise<void> {
    await this.#mounter.bind(this.#layout.subvolume(layer.id), target, view.readOnly ? ['ro'] : []);
  }

  describe(layer: BackendLayer, view: ViewRequest): readonly MountDescription[] {
    const options = view.readOnly ? ['bind', 'ro'] : ['bind'];
    return [{ type: 'bind', source: this.#layout.subvolume(layer.id), options }];
  }

  usage(layer: BackendLayer, options: CallOptions): Promise<Usage> {
    return this.#measure(layer, 'parent', options);
  }

  /** What the layer shares with its parent, with its children, its forks or with anybody else stays when it goes. */
  async reclaimable(layer: BackendLayer, options: CallOptions): Promise<number> {
    const { allocated } = await this.#measure(layer, 'anybody', options);
    return allocated;
  }

  async #measure(layer: BackendLayer, without: 'parent' | 'anybody', options: CallOptions): Promise<Usage> {
    const [parentId] = layer.parents;
    const path = this.#layout.subvolume(layer.id);
    const parent = parentId === undefined ? undefined : this.#layout.subvolume(parentId);
    await syncSubvolumes(this.#layout.root);
    const touched = parent === undefined ? null : await touchedSince(path, parent, options);
    return usageSince({ path, parent, touched, since: layer.createdAt, without }, options);
  }

  async metadata(layer: BackendLayer): Promise<LayerMetadata> {
    const path = this.#layout.subvolume(layer.id);
    return { Subvolume: path, SubvolumeId: `${subvolumeInfo(path).id}` };
  }

  async status(): Promise<readonly StatusLine[]> {
    return [{ key: 'Btrfs Quotas', value: hasSubvolumeQuotas(this.#layout.root) ? 'on' : 'off' }];
  }

  /**
   * None: a layer's subvolume reaches the disk in the same transaction as its note in the books or in a later one, so that after a loss
   * of power whatever is to be undone is noted there. What nobody has noted is somebody else's.
   */
  layersOnDisk(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }
}
