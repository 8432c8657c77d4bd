import type { CallOptions } from '@graphdriver/core';
import type { Books } from '../books.ts';
import type { Digest } from '../identity/digest.ts';
import { exportLayer } from './export-layer.ts';
import { type LayerKey, type LayerRow, layerUse } from './layer-row.ts';
import { requireLayer } from './register-layer.ts';

/** A layer of a store. */
export interface StoredLayer {
  /** Its chain ID, or `private:…` for files that only containers share. */
  readonly key: LayerKey;
  /** The digest of its archive; `null` where it has none. */
  readonly diffId: Digest | null;
  readonly parent: LayerKey | null;
  /** Its id in the driver. */
  readonly driverLayer: string;
  /** Content bytes of its files. */
  readonly size: number;
  /** Who needs it: `image:…`, `container:…`, `layer:…` on top of it, `cache:…`, `work:…` that is under way. */
  readonly users: readonly string[];
}

/** The layers of a store, each of which is there once whatever number of images has it. They come and go with their users. */
export class Layers {
  readonly #books: Books;

  constructor(books: Books) {
    this.#books = books;
  }

  list(): readonly StoredLayer[] {
    return this.#books.layers.entries().map(({ key, value }) => this.#shown(key as LayerKey, value)); // The table has no other keys.
  }

  /** @throws {StoreError} `LAYER_NOT_FOUND` */
  show(key: LayerKey): StoredLayer {
    return this.#shown(key, requireLayer(this.#books, key));
  }

  /** The archive that a layer was made of, byte by byte. @throws {StoreError} `LAYER_NOT_FOUND`, `DIGEST_MISMATCH` while it is read */
  archive(key: Digest, options: CallOptions = {}): AsyncIterable<Uint8Array> {
    return exportLayer(this.#books, key, options);
  }

  #shown(key: LayerKey, { diffId, parent, driverLayer, size }: LayerRow): StoredLayer {
    return { key, diffId, parent, driverLayer, size, users: this.#books.uses.of(layerUse(key)) };
  }
}
