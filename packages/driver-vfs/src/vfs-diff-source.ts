import { type DiffSource, directoryTree, type OpenView, type UnpackTarget } from '@graphdriver/archive';
import type { CallOptions } from '@graphdriver/core';
import { type ManagedDriver, whileHeld } from '@graphdriver/driver-kit';
import { applyTo } from './apply-to.ts';
import type { VfsLayout } from './layout.ts';

/** Lends the trees of layers, which are their views, to `withDiffs`. */
export class VfsDiffSource implements DiffSource {
  readonly #driver: ManagedDriver;
  readonly #layout: VfsLayout;

  constructor(driver: ManagedDriver, layout: VfsLayout) {
    this.#driver = driver;
    this.#layout = layout;
  }

  async openView(id: string, options: CallOptions): Promise<OpenView> {
    const hold = await this.#driver.reading(id, options);
    return whileHeld(hold, () => ({ tree: directoryTree(this.#layout.files(id)) }));
  }

  /** A full copy does not tell what was touched in it. */
  async touched(): Promise<null> {
    return null;
  }

  apply<T>(id: string, options: CallOptions, write: (target: UnpackTarget) => Promise<T>): Promise<T> {
    return this.#driver.exclusive(id, options, (layer) => {
      return applyTo(this.#layout, layer, options, (root) => write({ root, whiteouts: 'remove', lower: null }));
    });
  }
}
