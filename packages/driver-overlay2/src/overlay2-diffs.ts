import {
  type DiffSource,
  type OpenView,
  type OverlayNotation,
  type Touched,
  touchedIn,
  type UnpackTarget,
  unionTree,
} from '@graphdriver/archive';
import type { CallOptions } from '@graphdriver/core';
import { type ManagedDriver, whileHeld } from '@graphdriver/driver-kit';
import type { Overlay2Layout } from './layout.ts';
import type { LayerQuotas } from './quotas.ts';
import { replaceUpper } from './replace-upper.ts';

/** What {@link Overlay2Diffs} is made of. */
export interface Overlay2DiffParts {
  readonly layout: Overlay2Layout;
  readonly notation: OverlayNotation;
  readonly quotas: LayerQuotas;
}

/**
 * Lends the layers to the archive code: views are read from the directories of the chain, and never mounted. `notation` is how the
 * kernel writes down there what a layer hides. Right only where the kernel makes neither redirects nor metacopies.
 */
export class Overlay2Diffs implements DiffSource {
  readonly #managed: ManagedDriver;
  readonly #layout: Overlay2Layout;
  readonly #notation: OverlayNotation;
  readonly #quotas: LayerQuotas;

  constructor(managed: ManagedDriver, { layout, notation, quotas }: Overlay2DiffParts) {
    this.#managed = managed;
    this.#layout = layout;
    this.#notation = notation;
    this.#quotas = quotas;
  }

  async openView(id: string, options: CallOptions): Promise<OpenView> {
    const reading = await this.#managed.reading(id, options);
    const { layer } = reading;
    return whileHeld(reading, () => ({
      tree: unionTree(this.#branches([layer.id, ...layer.parents]), this.#notation),
    }));
  }

  async touched(id: string): Promise<Touched> {
    return touchedIn(this.#layout.diff(id), this.#notation);
  }

  apply<T>(id: string, options: CallOptions, write: (target: UnpackTarget) => Promise<T>): Promise<T> {
    return this.#managed.exclusive(id, options, (layer) => {
      const writeTo = (root: string): Promise<T> => {
        // With nothing underneath there is nothing to hide: a whiteout can only delete what the layer itself has.
        if (layer.parents.length === 0) return write({ root, whiteouts: 'remove', lower: null });
        const lower = unionTree(this.#branches(layer.parents), this.#notation);
        return write({ root, whiteouts: this.#notation, lower });
      };
      return this.#quotas.whileReplacing(id, (places) => replaceUpper(places, options, writeTo));
    });
  }

  #branches(ids: readonly string[]): readonly string[] {
    return ids.map((id) => this.#layout.diff(id));
  }
}
