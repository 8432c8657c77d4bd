import { type DiffSource, directoryTree, type OpenView, type Touched, type UnpackTarget } from '@graphdriver/archive';
import { type CallOptions, throwIfAborted } from '@graphdriver/core';
import { type ManagedDriver, whileHeld } from '@graphdriver/driver-kit';
import type { LayerDatasets } from './layer-datasets.ts';

/** Lends the mounted datasets of layers to `withDiffs`. */
export class ZfsDiffs implements DiffSource {
  readonly #driver: ManagedDriver;
  readonly #datasets: LayerDatasets;

  constructor(driver: ManagedDriver, datasets: LayerDatasets) {
    this.#driver = driver;
    this.#datasets = datasets;
  }

  /** A hold like any other, so that closing the driver, or the next opening of the root after a crash, takes the mount away. */
  async openView(id: string, options: CallOptions): Promise<OpenView> {
    const mount = await this.#driver.get(id, { ...options, readOnly: true });
    return whileHeld(mount, () => ({ tree: directoryTree(mount.path) }));
  }

  touched(): Promise<Touched | null> {
    return Promise.resolve(null);
  }

  /** Unpacks in place, where a snapshot remembers how the layer was until all is there. */
  apply<T>(id: string, options: CallOptions, write: (target: UnpackTarget) => Promise<T>): Promise<T> {
    return this.#driver.exclusive(id, options, () =>
      this.#datasets.changing(id, async (root) => {
        const result = await write({ root, whiteouts: 'remove', lower: null });
        throwIfAborted(options.signal, `Applying an archive to the layer ${id}`);
        return result;
      }),
    );
  }
}
