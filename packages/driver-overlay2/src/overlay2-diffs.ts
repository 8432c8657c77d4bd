import {
  type DiffSource,
  type OpenView,
  type Touched,
  touchedIn,
  type UnpackTarget,
  unionTree,
} from '@graphdriver/archive';
import type { CallOptions } from '@graphdriver/core';
import type { ManagedDriver } from '@graphdriver/driver-kit';
import type { Overlay2Layout } from './layout.ts';
import { replaceUpper } from './replace-upper.ts';

/** Lends the layers to the archive code: views are read from the directories of the chain, and never mounted. */
export class Overlay2Diffs implements DiffSource {
  readonly #managed: ManagedDriver;
  readonly #layout: Overlay2Layout;

  constructor(managed: ManagedDriver, layout: Overlay2Layout) {
    this.#managed = managed;
    this.#layout = layout;
  }

  async openView(id: string, options: CallOptions): Promise<OpenView> {
    const reading = await this.#managed.reading(id, options);
    const { layer } = reading;
    return {
      tree: unionTree(this.#branches([layer.id, ...layer.parents]), 'overlay'),
      [Symbol.asyncDispose]: () => reading[Symbol.asyncDispose](),
    };
  }

  async touched(id: string): Promise<Touched> {
    return touchedIn(bytePath(this.#layout.diff(id)), 'overlay');
  }

  apply<T>(id: string, options: CallOptions, write: (target: UnpackTarget) => Promise<T>): Promise<T> {
    return this.#managed.exclusive(id, options, (layer) => {
      const places = { current: this.#layout.diff(id), incoming: this.#layout.incoming(id) };
      return replaceUpper(places, options, (root) => {
        // With nothing underneath there is nothing to hide: a whiteout can only delete what the layer itself has.
        if (layer.parents.length === 0) return write({ root, whiteouts: 'remove', lower: null });
        return write({ root, whiteouts: 'overlay', lower: unionTree(this.#branches(layer.parents), 'overlay') });
      });
    });
  }

  #branches(ids: readonly string[]): readonly string[] {
    return ids.map((id) => bytePath(this.#layout.diff(id)));
  }
}

function bytePath(path: string): string {
  return Buffer.from(path).toString('latin1');
}
