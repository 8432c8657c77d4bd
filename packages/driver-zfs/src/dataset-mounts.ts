import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isStorageError, StorageError } from '@graphdriver/core';
import {
  isErrno,
  LockFile,
  type MountEntry,
  type Mounter,
  type MountFlag,
  type MountOption,
  makeDirectory,
  readMounts,
  removeDirectory,
} from '@graphdriver/host';
import { isZfsError, type Zfs } from '@graphdriver/zfs-cli-wrapper';
import { BusyMounts } from './busy-mounts.ts';
import type { DatasetNames } from './dataset-names.ts';
import { allClosed } from './fuse-queue.ts';
import type { ZfsLayout } from './layout.ts';
import { isZfsMount } from './parent-dataset.ts';

/** What {@link DatasetMounts} is made of. */
export interface DatasetMountsParts {
  readonly zfs: Zfs;
  readonly layout: ZfsLayout;
  readonly names: DatasetNames;
  readonly mounter: Mounter;
}

/** A layer's files at a path of their own, for the driver itself. */
export interface DatasetView extends AsyncDisposable {
  readonly path: string;
}

/** As often is it looked where a dataset is mounted: with the pauses between, for three seconds. */
const ATTEMPTS = 16;

/**
 * Shows datasets where they are wanted.
 *
 * `zfs mount` knows one place for a dataset. So it is mounted there, bound to wherever it is wanted, and taken away from there at once:
 * afterwards every user has a mount of its own, the kernel counts them, and with the last of them the dataset is unmounted.
 * Where one of them is there already it is bound, and no command is run.
 */
export class DatasetMounts {
  readonly #zfs: Zfs;
  readonly #layout: ZfsLayout;
  readonly #names: DatasetNames;
  readonly #mounter: Mounter;
  readonly #busy: BusyMounts;

  constructor(parts: DatasetMountsParts) {
    this.#zfs = parts.zfs;
    this.#layout = parts.layout;
    this.#names = parts.names;
    this.#mounter = parts.mounter;
    this.#busy = new BusyMounts(parts.layout, parts.mounter);
  }

  /** Shows a layer's dataset at `target`, an existing directory. @throws {StorageError} @throws {ZfsError} */
  async attach(id: string, target: string, flags: readonly MountFlag[]): Promise<void> {
    const locks = LockFile.open(this.#layout.locks);
    try {
      await locks.acquire([id]);
      await this.#attachLocked(id, target, flags);
    } finally {
      locks.close();
    }
  }

  /** Opens a layer's files for the driver itself. What a killed process leaves of it is taken away by {@link removeStale}. */
  async open(id: string): Promise<DatasetView> {
    const name = `${id}.${randomUUID()}`;
    const path = this.#layout.view(name);
    const locks = LockFile.open(this.#layout.locks);
    const dispose = async (): Promise<void> => {
      try {
        await this.#remove(path);
      } finally {
        locks.close();
      }
    };
    try {
      await locks.acquire([name]);
      makeDirectory(path, 0o700);
      await this.attach(id, path, []);
    } catch (error) {
      await dispose();
      throw error;
    }
    return { path, [Symbol.asyncDispose]: dispose };
  }

  /** Takes away what processes that are no more had mounted for themselves: their views, and what they had not yet bound to its place. */
  async removeStale(): Promise<void> {
    const locks = LockFile.open(this.#layout.locks);
    try {
      const home = `${bytePath(this.#layout.room('datasets'))}/`;
      for (const { mountPoint } of readMounts().filter((mount) => mount.mountPoint.startsWith(home))) {
        using lock = locks.tryAcquire(mountPoint.slice(home.length));
        if (lock !== undefined) await this.#busy.takeAway(mountPoint);
      }
      for (const name of readdirSync(this.#layout.views)) {
        if (name.startsWith('.') || BusyMounts.isKeeper(name)) continue;
        using lock = locks.tryAcquire(name);
        if (lock !== undefined) await this.#remove(this.#layout.view(name));
      }
      await this.#busy.letGo();
    } finally {
      locks.close();
    }
  }

  /** Prepares a layer's mount for being taken away, and takes it away where files may be open in it. */
  async unmounting(id: string, { detach }: { readonly detach?: boolean }): Promise<void> {
    const mountPoint = bytePath(this.#layout.mountpoint(id));
    if (detach === true) await this.#busy.takeAway(mountPoint);
    else await allClosed(mountPoint);
    await this.#busy.letGo();
  }

  /** Takes away what was kept for files that were open, and are so no more. */
  async letGo(): Promise<void> {
    await this.#busy.letGo();
  }

  /** Takes away every mount of a layer's dataset under the root: nobody has a right to one any more. */
  async removeAll(id: string): Promise<void> {
    const inside = `${bytePath(this.#layout.root)}/`;
    await this.#busy.letGo();
    for (const { mountPoint } of this.#mountsOf(id)) {
      if (mountPoint.startsWith(inside) && !BusyMounts.isKeeper(basename(mountPoint)))
        await this.#busy.takeAway(mountPoint);
    }
    await this.#busy.takeAway(bytePath(this.#layout.dataset(id)));
  }

  async #attachLocked(id: string, target: string, flags: readonly MountFlag[]): Promise<void> {
    if (this.#zfs.capabilities.legacyMounts && (await this.#livingMount(id)) === undefined)
      return this.#mount(id, target, flags);
    try {
      for (let attempt = 1; ; attempt += 1) {
        const source = await this.#findOrMount(id);
        if (source !== undefined && (await this.#bound(id, source, target, flags))) return;
        if (attempt === ATTEMPTS) throw neverMounted(this.#names.of(id));
        // A mount that was just given back is gone from the table before it is for zfs.
        await setTimeout(Math.min(10 * 2 ** attempt, 250));
      }
    } finally {
      await this.#busy.takeAway(bytePath(this.#layout.dataset(id)));
    }
  }

  /** By one system call where the kernel knows ZFS. Otherwise only the daemon can mount, and where the dataset's properties say. */
  async #mount(id: string, target: string, flags: readonly MountFlag[]): Promise<void> {
    const source = this.#names.of(id);
    const options: readonly MountOption[] = this.#mounter.route === 'command' ? [['zfsutil']] : [];
    await this.#mounter.mount({ type: 'zfs', source, target, flags, options });
  }

  /** Where the dataset is mounted, or then was; `undefined` where it was gone again before anybody could look. */
  async #findOrMount(id: string): Promise<string | undefined> {
    const found = await this.#livingMount(id);
    if (found !== undefined) return found;
    try {
      await this.#zfs.datasets.mount(this.#names.of(id));
    } catch (error) {
      if (!isZfsError(error, 'DATASET_BUSY')) throw error;
    }
    return this.#livingMount(id);
  }

  async #livingMount(id: string): Promise<string | undefined> {
    for (const { mountPoint } of this.#mountsOf(id).reverse()) {
      if (answers(mountPoint)) return mountPoint;
      // Its daemon is gone, and nothing can be mounted on top of it.
      await this.#busy.takeAway(mountPoint);
    }
    return undefined;
  }

  /** Binds, and looks whether it was the dataset and not the directory underneath one that has just been unmounted. */
  async #bound(id: string, source: string, target: string, flags: readonly MountFlag[]): Promise<boolean> {
    try {
      await this.#mounter.bind(Buffer.from(source, 'latin1'), target, flags);
    } catch (error) {
      if (isStorageError(error) && !existsSync(Buffer.from(source, 'latin1'))) return false;
      throw error;
    }
    const wanted = bytePath(target);
    if (this.#mountsOf(id).some(({ mountPoint }) => mountPoint === wanted)) return true;
    await this.#busy.takeAway(wanted);
    return false;
  }

  #mountsOf(id: string): MountEntry[] {
    const dataset = this.#names.of(id);
    return readMounts().filter((mount) => isZfsMount(mount) && mount.source === dataset && mount.root === '/');
  }

  async #remove(path: string): Promise<void> {
    await this.#busy.takeAway(bytePath(path));
    try {
      removeDirectory(path);
    } catch (error) {
      // What fails once, by another's doing, need not fail twice.
      if (!isErrno(error, 'ENOENT')) removeDirectory(path);
    }
  }
}

/** False for a mount whose daemon has ended. */
function answers(mountPoint: string): boolean {
  try {
    statSync(Buffer.from(mountPoint, 'latin1'));
    return true;
  } catch (error) {
    if (isErrno(error)) return false;
    throw error;
  }
}

function bytePath(path: string): string {
  return Buffer.from(path).toString('latin1');
}

function neverMounted(dataset: string): StorageError {
  return new StorageError('SYSTEM_CALL_FAILED', `${dataset} was mounted, and yet it is nowhere to be seen.`, {
    hint: 'zfs-fuse mounts where its daemon runs: start it in the same mount namespace as this process.',
    details: { dataset },
  });
}
