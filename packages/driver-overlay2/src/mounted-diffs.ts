import {
  type DiffSource,
  directoryTree,
  NaiveDiffSource,
  type OpenView,
  type Touched,
  type UnpackTarget,
} from '@graphdriver/archive';
import { type CallOptions, type Mount, StorageError } from '@graphdriver/core';
import type { ManagedDriver } from '@graphdriver/driver-kit';
import type { LayerQuotas } from './quotas.ts';
import { redirectedTree } from './redirected-tree.ts';
import { replaceUpper } from './replace-upper.ts';

/**
 * Lends layers to the archive code where a layer's directory does not tell the whole layer, because of redirects or metacopy: views
 * are read through mounts, and compared as a whole.
 *
 * Archives are unpacked as ever, into a copy of the layer's directory that then takes its place: a crash leaves the layer as it was or
 * as it was to be. What shows through from underneath is looked up in a mount of the parent, past the redirects of the layer itself.
 */
export class MountedDiffs implements DiffSource {
  readonly #managed: ManagedDriver;
  readonly #quotas: LayerQuotas;
  readonly #views: NaiveDiffSource;

  constructor(managed: ManagedDriver, quotas: LayerQuotas) {
    this.#managed = managed;
    this.#quotas = quotas;
    this.#views = new NaiveDiffSource(managed);
  }

  openView(id: string, options: CallOptions): Promise<OpenView> {
    return this.#views.openView(id, options);
  }

  async touched(): Promise<Touched | null> {
    return null;
  }

  async apply<T>(id: string, options: CallOptions, write: (target: UnpackTarget) => Promise<T>): Promise<T> {
    const { parent } = await this.#managed.stat(id);
    if (parent === null)
      return await this.#replace(id, options, (root) => write({ root, whiteouts: 'remove', lower: null }));
    // Mounted before the layer is locked: who holds one layer's lock must not wait for another's.
    const mount = await this.#managed.get(parent, { ...options, readOnly: true });
    try {
      return await this.#replace(id, options, (root, nowParent) => {
        if (nowParent !== parent) throw gone(id);
        const lower = redirectedTree(directoryTree(mount.path), Buffer.from(root).toString('latin1'));
        return write({ root, whiteouts: 'overlay', lower });
      });
    } finally {
      await giveBack(mount);
    }
  }

  #replace<T>(
    id: string,
    options: CallOptions,
    write: (root: string, parent: string | undefined) => Promise<T>,
  ): Promise<T> {
    return this.#managed.exclusive(id, options, (layer) => {
      const writeTo = (root: string): Promise<T> => write(root, layer.parents[0]);
      return this.#quotas.whileReplacing(id, (places) => replaceUpper(places, options, writeTo));
    });
  }
}

/** The layer has changed by now, or has failed to: that the parent stays mounted is no reason to say otherwise. `close` tries again. */
async function giveBack(mount: Mount): Promise<void> {
  const put = (): Promise<void> => mount.put();
  await put()
    .catch(put)
    .catch(() => undefined);
}

/** Somebody has removed the layer that was asked for, and made another one of its name. */
function gone(id: string): StorageError {
  return new StorageError('LAYER_NOT_FOUND', `The layer ${id} was removed while an archive was to be applied to it.`, {
    hint: 'Another layer of that name has been made since: apply the archive again if it is for that one.',
    details: { id },
  });
}
