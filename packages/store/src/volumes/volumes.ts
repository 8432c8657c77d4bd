import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type HeldLock,
  isErrno,
  LockFile,
  makeDirectory,
  removeDirectory,
  removeTree,
  renameFile,
  unlinkFile,
  writeFileAtomicSync,
} from '@graphdriver/host';
import { isBoolean, isString, readRecord, type Shape } from '../runtime/record-shape.ts';
import { StoreError } from '../store-error.ts';
import { assertVolumeName } from './volume-name.ts';

/** A volume: a folder that outlives the containers that see it. */
export interface Volume {
  readonly name: string;
  /** Its content, as an absolute path of the host. */
  readonly path: string;
  /** It was made for one container, and has a random name. */
  readonly anonymous: boolean;
  /** As `2026-01-31T12:00:00.000Z`. */
  readonly createdAt: string;
}

/** Who uses volumes; the store's books know. */
export interface VolumeReferences {
  /** The ids of the containers that have the volume, running or not. */
  usersOf(name: string): Promise<readonly string[]> | readonly string[];
}

/** What {@link Volumes.prune} has removed. */
export interface PruneResult {
  readonly removed: readonly string[];
}

interface VolumeRecord {
  readonly anonymous: boolean;
  readonly createdAt: string;
}

const SHAPE: Shape<VolumeRecord> = { anonymous: isBoolean, createdAt: isString };

// Neither can be a volume's name. The lock on a name lasts for as long as somebody works on what is called so.
const MADE = '.new-';
const REMOVED = '.removed-';

/**
 * The volumes of a store: plain folders below one, outside of all drivers, and so as fast as any folder.
 *
 * Several processes can use them at once. A volume appears and disappears as a whole; what a crash has left half made or half removed is
 * finished when they are next opened.
 */
export class Volumes {
  readonly #directory: string;
  readonly #references: VolumeReferences;
  readonly #locks: LockFile;

  private constructor(directory: string, references: VolumeReferences) {
    this.#directory = directory;
    this.#references = references;
    this.#locks = LockFile.open(join(directory, '.locks'));
  }

  /** Opens the volumes in `directory`, which is made where it does not exist; its parent does. */
  static async open(directory: string, references: VolumeReferences): Promise<Volumes> {
    if (!existsSync(directory)) makeDirectoryOnce(directory);
    const volumes = new Volumes(directory, references);
    await volumes.#heal();
    return volumes;
  }

  /**
   * Makes a volume, or returns the one that has the name already, as Docker does. Without a name it is anonymous. 0.2 ms.
   *
   * @throws {StoreError} `INVALID_NAME`
   */
  create(name?: string): Volume {
    const found = name === undefined ? undefined : this.#find(assertVolumeName(name));
    if (found !== undefined) return found;
    const made = `${MADE}${randomBytes(8).toString('hex')}`;
    const lock = this.#locks.tryAcquire(made);
    try {
      const record: VolumeRecord = { anonymous: name === undefined, createdAt: new Date().toISOString() };
      const directory = join(this.#directory, made);
      makeDirectory(directory, 0o701);
      makeDirectory(join(directory, '_data'), 0o755);
      writeFileAtomicSync(join(directory, 'volume.json'), JSON.stringify(record));
      return this.#settle(directory, name ?? randomBytes(32).toString('hex'), record);
    } finally {
      lock?.release();
    }
  }

  /** @throws {StoreError} `VOLUME_NOT_FOUND`, `CORRUPT_STORE` */
  get(name: string): Volume {
    const volume = this.#find(name);
    if (volume !== undefined) return volume;
    throw new StoreError('VOLUME_NOT_FOUND', `There is no volume ${name}.`, { details: { name } });
  }

  /** All volumes by name. */
  list(): Volume[] {
    const names = readdirSync(this.#directory).filter((name) => !name.startsWith('.'));
    return names.sort().flatMap((name) => this.#find(name) ?? []);
  }

  /** Who has the volume: ids of containers. @throws {StoreError} `VOLUME_NOT_FOUND` */
  async usersOf(name: string): Promise<readonly string[]> {
    return await this.#references.usersOf(this.get(name).name);
  }

  /**
   * Keeps volumes from being removed, until their new user stands in the books and the lock is released.
   * Several are locked in one order everywhere. @throws {StorageError} `ABORTED`
   */
  async hold(names: readonly string[], signal?: AbortSignal): Promise<HeldLock> {
    return await this.#locks.acquire(names, signal === undefined ? {} : { signal });
  }

  /**
   * Removes a volume and its content. @throws {StoreError} `VOLUME_NOT_FOUND`, `VOLUME_IN_USE` while a container has it, also one
   * that does not run
   */
  async remove(name: string): Promise<void> {
    const lock = await this.hold([name]);
    let removed: string;
    try {
      const users = await this.usersOf(name);
      if (users.length > 0)
        throw new StoreError('VOLUME_IN_USE', `The volume ${name} is used by ${users.length} container(s).`, {
          hint: 'Remove the containers first; they keep it while they are stopped, too.',
          details: { name, users },
        });
      removed = `${REMOVED}${randomBytes(8).toString('hex')}`;
      renameFile(join(this.#directory, name), join(this.#directory, removed));
    } finally {
      lock.release();
    }
    await this.#finishRemoving(removed);
  }

  /** Removes all volumes that no container has: the anonymous ones, or with `all` the named ones too. */
  async prune({ all = false }: { readonly all?: boolean } = {}): Promise<PruneResult> {
    const removed: string[] = [];
    for (const { name, anonymous } of this.list()) {
      if (!all && !anonymous) continue;
      try {
        await this.remove(name);
        removed.push(name);
      } catch (error) {
        if (!isPassedOver(error)) throw error;
      }
    }
    return { removed };
  }

  /** Ends the use by this object; volumes stay. */
  close(): void {
    this.#locks.close();
  }

  #find(name: string): Volume | undefined {
    const directory = join(this.#directory, assertVolumeName(name));
    const record = readRecord<VolumeRecord>(join(directory, 'volume.json'), SHAPE);
    if (record === undefined) return undefined;
    return { name, path: join(directory, '_data'), anonymous: record.anonymous, createdAt: record.createdAt };
  }

  /** Gives a new volume its name, unless another process was faster. */
  #settle(directory: string, name: string, record: VolumeRecord): Volume {
    try {
      // No file system replaces a directory that holds something, as every volume does; ZFS of some releases knows no other rename.
      renameFile(directory, join(this.#directory, name));
    } catch (error) {
      if (!isErrno(error, 'EEXIST', 'ENOTEMPTY')) throw error;
      unlinkFile(join(directory, 'volume.json'));
      for (const path of [join(directory, '_data'), directory]) removeDirectory(path);
      return this.get(name);
    }
    return {
      name,
      path: join(this.#directory, name, '_data'),
      anonymous: record.anonymous,
      createdAt: record.createdAt,
    };
  }

  async #finishRemoving(removed: string): Promise<void> {
    const lock = this.#locks.tryAcquire(removed);
    if (lock === undefined) return;
    try {
      await removeTree(join(this.#directory, removed));
    } finally {
      lock.release();
    }
  }

  async #heal(): Promise<void> {
    for (const name of readdirSync(this.#directory))
      if (name.startsWith(MADE) || name.startsWith(REMOVED)) await this.#finishRemoving(name);
  }
}

/** Somebody uses it, or has removed it: no reason to leave the others. */
function isPassedOver(error: unknown): boolean {
  return error instanceof StoreError && (error.code === 'VOLUME_IN_USE' || error.code === 'VOLUME_NOT_FOUND');
}

function makeDirectoryOnce(directory: string): void {
  try {
    makeDirectory(directory, 0o701);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
}
