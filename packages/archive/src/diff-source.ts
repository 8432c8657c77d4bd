import type { CallOptions } from '@graphdriver/core';
import type { Touched, Tree } from './tree.ts';
import type { UnpackTarget } from './unpack-target.ts';

/** A view that stays readable until it is disposed of. */
export interface OpenView extends AsyncDisposable {
  readonly tree: Tree;
}

/** What a driver lends to `withDiffs`, so that it need not write the diff half of the contract itself. */
export interface DiffSource {
  /** Opens a layer's view for reading, holding the layer meanwhile. @throws {StorageError} `LAYER_NOT_FOUND` */
  openView(id: string, options: CallOptions): Promise<OpenView>;
  /** What can differ between a layer and its parent; `null` where only a full walk can tell. Never asked about another base. */
  touched(id: string): Promise<Touched | null>;
  /**
   * Runs `write` on the place where an archive for this layer is to be unpacked, with nobody else at the layer.
   * When `write` fails, or the process dies in it, the layer is as before; when it returns, the layer has all of it.
   *
   * @throws {StorageError} `LAYER_NOT_FOUND`, `LAYER_COMMITTED`, `LAYER_IN_USE`
   */
  apply<T>(id: string, options: CallOptions, write: (target: UnpackTarget) => Promise<T>): Promise<T>;
}
