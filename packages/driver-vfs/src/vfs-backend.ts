import { lstatSync, readdirSync } from 'node:fs';
import {
  type CallOptions,
  type Capabilities,
  isLayerId,
  type LayerMetadata,
  type MountDescription,
  type StatusLine,
  throwIfAborted,
  type Usage,
} from '@graphdriver/core';
import type { BackendLayer, LayerBackend, ViewRequest } from '@graphdriver/driver-kit';
import {
  canReflink,
  copyTree,
  type Mounter,
  makeDirectory,
  measureTree,
  removeTree,
  syncFilesystem,
} from '@graphdriver/host';
import { forgetPristine, makeTree, markPristine, recoverFiles } from './layer-files.ts';
import { layerUsage } from './layer-usage.ts';
import type { VfsLayout } from './layout.ts';
import { repairCopy } from './repair-copy.ts';
import { VFS_CAPABILITIES } from './vfs-capabilities.ts';

/** Layers as whole directory trees. What is not said here is said by {@link LayerBackend}. */
export class VfsBackend implements LayerBackend {
  readonly name = 'vfs';
  readonly capabilities: Capabilities = VFS_CAPABILITIES;
  readonly #layout: VfsLayout;
  readonly #mounter: Mounter;

  constructor(layout: VfsLayout, mounter: Mounter) {
    this.#layout = layout;
    this.#mounter = mounter;
  }

  async make(layer: BackendLayer, options: CallOptions): Promise<void> {
    makeDirectory(this.#layout.layer(layer.id), 0o711);
    await makeTree(this.#layout, layer, this.#layout.files(layer.id), options);
    markPristine(this.#layout, layer.id);
  }

  /** A copy that is on the disk before the layer is there: `repair` knows nothing that it could be made again from. */
  async fork(layer: BackendLayer, source: BackendLayer, options: CallOptions): Promise<void> {
    makeDirectory(this.#layout.layer(layer.id), 0o711);
    await copyTree(this.#layout.files(source.id), this.#layout.files(layer.id), options);
    await syncFilesystem(this.#layout.root);
  }

  async unmake(id: string): Promise<void> {
    await removeTree(this.#layout.layer(id));
  }

  async seal(_layer: BackendLayer, options: CallOptions): Promise<void> {
    throwIfAborted(options.signal, 'Writing a layer to the disk');
    await syncFilesystem(this.#layout.root);
  }

  async recover(layer: BackendLayer): Promise<void> {
    await recoverFiles(this.#layout, layer);
  }

  async repair(layer: BackendLayer): Promise<void> {
    // A committed layer was on the disk before its record said so.
    if (layer.kind === 'writable') await repairCopy(this.#layout, layer);
  }

  mountpoint(id: string): string {
    return this.#layout.mountpoint(id);
  }

  async mount(layer: BackendLayer, view: ViewRequest, target: string): Promise<void> {
    if (!view.readOnly) forgetPristine(this.#layout, layer.id);
    await this.#mounter.bind(this.#layout.files(layer.id), target, view.readOnly ? ['ro'] : []);
  }

  describe(layer: BackendLayer, view: ViewRequest): readonly MountDescription[] {
    // Whoever asks for it may well write, and nobody will say when.
    if (!view.readOnly) forgetPristine(this.#layout, layer.id);
    const options = view.readOnly ? ['bind', 'ro'] : ['bind'];
    return [{ type: 'bind', source: this.#layout.files(layer.id), options }];
  }

  usage(layer: BackendLayer, options: CallOptions): Promise<Usage> {
    return layerUsage(this.#layout, layer, options);
  }

  /** All of the layer's tree but the blocks that it shares with others by reflink. */
  async reclaimable(layer: BackendLayer, options: CallOptions): Promise<number> {
    const { exclusive } = await measureTree(this.#layout.files(layer.id), options);
    return exclusive;
  }

  /** Docker's key. */
  async metadata(layer: BackendLayer): Promise<LayerMetadata> {
    return { SourceDir: this.#layout.files(layer.id) };
  }

  async status(): Promise<readonly StatusLine[]> {
    const shares = canReflink(this.#layout.root);
    return [{ key: 'Copies Share Blocks', value: `${shares}` }];
  }

  async layersOnDisk(): Promise<readonly string[]> {
    const names = readdirSync(this.#layout.root).filter(isLayerId);
    return names.filter(
      (name) => lstatSync(this.#layout.layer(name), { throwIfNoEntry: false })?.isDirectory() === true,
    );
  }
}
