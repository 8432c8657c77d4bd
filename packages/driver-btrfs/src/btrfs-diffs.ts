import { type DiffSource, directoryTree, type OpenView, type Touched, type UnpackTarget } from '@graphdriver/archive';
import { type CallOptions, throwIfAborted } from '@graphdriver/core';
import { type ManagedDriver, whileHeld } from '@graphdriver/driver-kit';
import { exchangeFiles, syncSubvolumes } from '@graphdriver/host';
import type { LayerSubvolumes } from './layer-subvolumes.ts';
import type { BtrfsLayout } from './layout.ts';
import { touchedSince } from './touched-since.ts';

/** Lends the subvolumes of layers, which are their views, to `withDiffs`. */
export class BtrfsDiffs implements DiffSource {
  readonly #driver: ManagedDriver;
  readonly #layout: BtrfsLayout;
  readonly #subvolumes: LayerSubvolumes;

  constructor(driver: ManagedDriver, layout: BtrfsLayout, subvolumes: LayerSubvolumes) {
    this.#driver = driver;
    this.#layout = layout;
    this.#subvolumes = subvolumes;
  }

  async openView(id: string, options: CallOptions): Promise<OpenView> {
    const hold = await this.#driver.reading(id, options);
    return whileHeld(hold, () => ({ tree: directoryTree(this.#layout.subvolume(id)) }));
  }

  async touched(id: string): Promise<Touched | null> {
    const { parent } = await this.#driver.stat(id);
    if (parent === null) return null;
    await syncSubvolumes(this.#layout.root);
    return touchedSince(this.#layout.subvolume(id), this.#layout.subvolume(parent), {});
  }

  /** Unpacks into a snapshot of the layer, and one exchange of names makes that the layer: nothing is copied for it. */
  apply<T>(id: string, options: CallOptions, write: (target: UnpackTarget) => Promise<T>): Promise<T> {
    return this.#driver.exclusive(id, options, async () => {
      const incoming = await this.#subvolumes.makeIncoming(id);
      const result = await write({ root: incoming, whiteouts: 'remove', lower: null });
      throwIfAborted(options.signal, `Applying an archive to the layer ${id}`);
      exchangeFiles(incoming, this.#layout.subvolume(id));
      // The layer is changed: what is left of its former self is no failure, and goes with the next archive, the commit or the layer.
      await this.#subvolumes.removeIncoming(id).catch(() => undefined);
      return result;
    });
  }
}
