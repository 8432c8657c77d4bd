import type { CallOptions, LayerDriver, LayerRecord } from '@graphdriver/core';
import type { BackendLayer } from './layer-backend.ts';

/** A layer whose files are held for reading them without a mount. Let go of it, or use `await using`. */
export interface ReadingHold extends AsyncDisposable {
  readonly layer: BackendLayer;
  readonly record: LayerRecord;
}

/** What `openManagedDriver` makes of a backend: the layer half of the contract, and two more ways to a layer's files for the driver itself. */
export interface ManagedDriver extends LayerDriver {
  /**
   * Runs `change` on the files of a writable layer that nobody holds, with nobody else at it.
   * When `change` fails, or the process dies in it, the backend's `recover` brings the files back to a whole state.
   *
   * @throws {StorageError} `LAYER_NOT_FOUND`, `LAYER_COMMITTED`, `LAYER_IN_USE`
   */
  exclusive<T>(id: string, options: CallOptions, change: (layer: BackendLayer) => Promise<T>): Promise<T>;
  /**
   * Holds a layer for reading its files without a mount: meanwhile it can be mounted, but neither committed, changed nor removed.
   *
   * @throws {StorageError} `LAYER_NOT_FOUND`
   */
  reading(id: string, options: CallOptions): Promise<ReadingHold>;
}
