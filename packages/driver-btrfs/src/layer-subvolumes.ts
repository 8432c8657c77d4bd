import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { StorageError } from '@graphdriver/core';
import {
  changeMode,
  changeOwner,
  exchangeFiles,
  isSubvolume,
  limitSubvolume,
  syncSubvolumes,
  unlinkFile,
  writeFileAtomic,
} from '@graphdriver/host';
import type { BtrfsLayout } from './layout.ts';
import { hasNested } from './nested-subvolumes.ts';
import type { SubvolumeRoute } from './subvolume-route.ts';
import { removeSubvolume, snapshotWhole } from './subvolume-tree.ts';

/** The subvolumes that layers are, and what goes with them: the one place where they are made and destroyed. */
export class LayerSubvolumes {
  readonly #layout: BtrfsLayout;
  readonly #route: SubvolumeRoute;
  /** Ids under whose names something lies that is no layer: what undoes their making must leave it alone. */
  readonly #foreign = new Set<string>();

  constructor(layout: BtrfsLayout, route: SubvolumeRoute) {
    this.#layout = layout;
    this.#route = route;
  }

  /**
   * Makes a layer's subvolume: empty, 0755 and owned by 0:0, or a snapshot of its parent's.
   *
   * @throws {StorageError} `CORRUPT_ROOT` where something has the name, which stays as it is; `CORRUPT_LAYER` where the parent's is gone
   */
  async make(id: string, parent: string | undefined, quota: number | undefined): Promise<void> {
    await this.#place(id, parent, quota, async (path) => {
      if (parent !== undefined) return await this.#route.snapshot(this.#layout.subvolume(parent), path);
      await this.#route.create(path);
      changeMode(path, 0o755);
      // Where the directory above has the set-group-id bit the kernel gave it another group.
      changeOwner(path, 0, 0);
    });
  }

  /**
   * Makes a layer's subvolume of all that another layer holds now, also in subvolumes of its own. Fails as `make` does.
   *
   * All of it is on the disk afterwards: a snapshot waits for that itself, and only what is copied has to be waited for.
   */
  async fork(id: string, source: string, quota: number | undefined): Promise<void> {
    const from = this.#layout.subvolume(source);
    await this.#place(id, source, quota, async (path) => {
      await snapshotWhole(from, path, this.#route);
      if (hasNested(from)) await syncSubvolumes(this.#layout.root);
    });
  }

  /** Removes everything of a layer, whole or not. Repeating it is safe. */
  async unmake(id: string): Promise<void> {
    if (this.#foreign.has(id)) return;
    await this.removeIncoming(id);
    await removeSubvolume(this.#layout.subvolume(id), this.#route);
    if (existsSync(this.#layout.quota(id))) unlinkFile(this.#layout.quota(id));
  }

  /** Lets nobody write into a layer any more. Afterwards no other subvolume lies in it, so that a snapshot shows all that it holds. */
  async seal(id: string): Promise<void> {
    await this.removeIncoming(id);
    if (hasNested(this.#layout.subvolume(id))) {
      exchangeFiles(await this.makeIncoming(id), this.#layout.subvolume(id));
      await this.removeIncoming(id);
    }
    await this.#route.setReadOnly(this.#layout.subvolume(id), true);
  }

  /** Lets a layer be written to that is not committed, whatever a crash interrupted, and keeps nothing of what was to take its place. */
  async recover(id: string): Promise<void> {
    await this.removeIncoming(id);
    await this.#route.setReadOnly(this.#layout.subvolume(id), false);
  }

  /** Makes a subvolume that holds what the layer holds, to be changed and put in its place. Returns its path. */
  async makeIncoming(id: string): Promise<string> {
    const path = this.#layout.incoming(id);
    await this.removeIncoming(id);
    await snapshotWhole(this.#layout.subvolume(id), path, this.#route);
    await this.#limit(id, path);
    return path;
  }

  async removeIncoming(id: string): Promise<void> {
    await removeSubvolume(this.#layout.incoming(id), this.#route);
  }

  /** Tells whether a layer's subvolume is there. */
  exists(id: string): boolean {
    return isSubvolume(this.#layout.subvolume(id));
  }

  async #place(
    id: string,
    from: string | undefined,
    quota: number | undefined,
    fill: (path: string) => Promise<void>,
  ): Promise<void> {
    const path = this.#layout.subvolume(id);
    this.#refuseForeign(id, path);
    if (from !== undefined && !this.exists(from)) throw lostSubvolume(from, this.#layout.subvolume(from));
    if (quota !== undefined) await writeFileAtomic(this.#layout.quota(id), `${quota}\n`, { durable: false });
    await fill(path);
    await this.#limit(id, path);
  }

  /** Whatever a crash has left of a layer is gone by now: the kit has seen to that. */
  #refuseForeign(id: string, path: string): void {
    this.#foreign.delete(id);
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return;
    this.#foreign.add(id);
    throw new StorageError('CORRUPT_ROOT', `${path} is there already, and is no layer of this root.`, {
      hint: 'Move it to another place, or remove it (btrfs subvolume delete): it has the name of the layer that is to be made.',
      details: { path },
    });
  }

  async #limit(id: string, path: string): Promise<void> {
    const file = this.#layout.quota(id);
    if (existsSync(file)) await limitSubvolume(path, Number(readFileSync(file, 'latin1')));
  }
}

function lostSubvolume(id: string, path: string): StorageError {
  return new StorageError('CORRUPT_LAYER', `The subvolume of the layer ${id} is gone, or is a plain directory now.`, {
    hint: `Bring ${path} back as a subvolume, from a copy (btrfs receive), or remove the layer.`,
    details: { id, path },
  });
}
