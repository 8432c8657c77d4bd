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
import type { DatasetNames } from './dataset-names.ts';
import type { LayerDatasets } from './layer-datasets.ts';
import { usageOfLayer } from './layer-usage.ts';
import { ZfsLayout } from './layout.ts';
import { SETTINGS } from './options.ts';

/** What {@link ZfsBackend} is made of. */
export interface ZfsBackendParts {
  readonly layout: ZfsLayout;
  readonly names: DatasetNames;
  readonly datasets: LayerDatasets;
  readonly capabilities: Capabilities;
  /** Lines about the pool. */
  readonly status: () => Promise<readonly StatusLine[]>;
}

/** Layers as datasets of one pool. What is not said here is said by {@link LayerBackend}. */
export class ZfsBackend implements LayerBackend {
  readonly name = 'zfs';
  readonly fixtures: readonly string[] = [...ZfsLayout.rooms, ZfsLayout.keyName];
  readonly settings: readonly SettingSpec[] = SETTINGS;
  readonly capabilities: Capabilities;
  readonly #layout: ZfsLayout;
  readonly #names: DatasetNames;
  readonly #datasets: LayerDatasets;
  readonly #status: () => Promise<readonly StatusLine[]>;
  /** Layers that have been sealed and not measured yet: what a snapshot holds ZFS has counted. */
  readonly #sealed = new Set<string>();

  constructor(parts: ZfsBackendParts) {
    this.capabilities = parts.capabilities;
    this.#layout = parts.layout;
    this.#names = parts.names;
    this.#datasets = parts.datasets;
    this.#status = parts.status;
  }

  async make(layer: BackendLayer, options: CallOptions & { readonly quota?: Quota }): Promise<void> {
    throwIfAborted(options.signal, `Making layer ${layer.id}`);
    const { quota, signal } = options;
    await this.#datasets.make(layer.id, {
      parent: layer.parents[0],
      quota: quota?.bytes,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  async unmake(id: string): Promise<void> {
    await this.#datasets.unmake(id);
  }

  async seal(layer: BackendLayer, options: CallOptions): Promise<void> {
    throwIfAborted(options.signal, `Committing layer ${layer.id}`);
    await this.#datasets.seal(layer.id, options);
    this.#sealed.add(layer.id);
  }

  async recover(layer: BackendLayer): Promise<void> {
    this.#sealed.delete(layer.id);
    await this.#datasets.recover(layer.id);
  }

  mountpoint(id: string): string {
    return this.#layout.mountpoint(id);
  }

  async mount(layer: BackendLayer, view: ViewRequest, target: string): Promise<void> {
    await this.#datasets.attach(layer.id, target, view.readOnly ? ['ro'] : []);
  }

  unmounting(id: string, options: { readonly detach?: boolean }): Promise<void> {
    return this.#datasets.unmounting(id, options);
  }

  closed(): Promise<void> {
    return this.#datasets.closed();
  }

  /** Only who may run `zfs mount`, and where, can mount a dataset: a bind of what is held is all that can be lent. */
  describe(_layer: BackendLayer, _view: ViewRequest): readonly MountDescription[] | null {
    return null;
  }

  async usage(layer: BackendLayer, options: CallOptions): Promise<Usage> {
    if (layer.kind === 'writable' && !this.#sealed.delete(layer.id)) await this.#datasets.settle(layer.id);
    const { timestampGranularity } = this.capabilities;
    return usageOfLayer(this.#datasets, layer, { ...options, timestampGranularity });
  }

  async reclaimable(layer: BackendLayer): Promise<number> {
    if (layer.kind === 'writable') await this.#datasets.settle(layer.id);
    return this.#datasets.freedBytes(layer.id);
  }

  /** Docker's keys. */
  async metadata(layer: BackendLayer): Promise<LayerMetadata> {
    return { Dataset: this.#names.of(layer.id), Mountpoint: this.#layout.mountpoint(layer.id) };
  }

  status(): Promise<readonly StatusLine[]> {
    return this.#status();
  }

  layersOnDisk(): Promise<readonly string[]> {
    return this.#datasets.ids();
  }
}
