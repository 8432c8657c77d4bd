import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { isStorageError } from '@graphdriver/core';
import { isErrno, type MountEntry, type Mounter, makeDirectory, readMounts, removeDirectory } from '@graphdriver/host';
import { allClosed } from './fuse-queue.ts';
import type { ZfsLayout } from './layout.ts';

/** What names of directories start with that keep a file system alive: with the number of the mount in which files are open. */
const KEEPER = /^busy\.(\d+)\./;

/**
 * Takes mounts away that somebody may have files open in.
 *
 * The kernel tells a FUSE daemon of a file's end by a message that it drops when the file system ends at the same time, and zfs-fuse
 * then answers nobody any more. So where files are open in a mount that is detached, another mount keeps the file system until they are closed.
 */
export class BusyMounts {
  readonly #layout: ZfsLayout;
  readonly #mounter: Mounter;

  constructor(layout: ZfsLayout, mounter: Mounter) {
    this.#layout = layout;
    this.#mounter = mounter;
  }

  /** Takes away what is mounted at a path, whose bytes are characters as in the mount table. Files that are open there stay usable. */
  async takeAway(mountPoint: string): Promise<void> {
    const path = Buffer.from(mountPoint, 'latin1');
    const mount = mountedAt(mountPoint);
    if (mount === undefined) return;
    if (!mount.type.startsWith('fuse')) return this.#mounter.unmount(path, { detach: true });
    try {
      await allClosed(mountPoint);
      await this.#mounter.unmount(path);
    } catch (error) {
      if (!isStorageError(error, 'LAYER_IN_USE')) throw error;
      await this.#keep(mount, path);
      await this.#mounter.unmount(path, { detach: true });
    }
  }

  /** Lets file systems end in which no files are open any more. What is still kept is looked at again another time. */
  async letGo(): Promise<void> {
    for (const name of readdirSync(this.#layout.views)) {
      const [, mount] = KEEPER.exec(name) ?? [];
      if (mount !== undefined && !hasOpenFiles(mount)) await this.#end(this.#layout.view(name));
    }
  }

  /** Tells whether a directory among the views is one of those that keep a file system. */
  static isKeeper(name: string): boolean {
    return KEEPER.test(name);
  }

  async #keep(mount: MountEntry, path: Buffer): Promise<void> {
    const keeper = this.#layout.view(`busy.${mount.id}.${randomUUID()}`);
    makeDirectory(keeper, 0o700);
    try {
      await this.#mounter.bind(path, keeper);
    } catch (error) {
      removeDirectory(keeper);
      throw error;
    }
  }

  async #end(keeper: string): Promise<void> {
    try {
      await allClosed(Buffer.from(keeper).toString('latin1'));
      await this.#mounter.unmount(keeper);
      removeDirectory(keeper);
    } catch (error) {
      // Another process was faster, or somebody looks through it.
      if (!isErrno(error, 'ENOENT', 'EBUSY') && !isStorageError(error)) throw error;
    }
  }
}

function mountedAt(mountPoint: string): MountEntry | undefined {
  return readMounts().findLast((mount) => mount.mountPoint === mountPoint);
}

/** Whether any process that can be seen has a file open in a mount. Takes time proportional to all files that are open on the machine. */
function hasOpenFiles(mount: string): boolean {
  const line = new RegExp(`^mnt_id:\\s*${mount}$`, 'm');
  return namesIn('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((process) => namesIn(`/proc/${process}/fdinfo`).map((file) => `/proc/${process}/fdinfo/${file}`))
    .some((file) => line.test(textOf(file)));
}

/** Processes and files may end while they are looked at. */
function namesIn(directory: string): readonly string[] {
  return orEmpty(() => readdirSync(directory), []);
}

function textOf(path: string): string {
  return orEmpty(() => readFileSync(path, 'latin1'), '');
}

function orEmpty<T>(read: () => T, empty: T): T {
  try {
    return read();
  } catch (error) {
    if (isErrno(error)) return empty;
    throw error;
  }
}
