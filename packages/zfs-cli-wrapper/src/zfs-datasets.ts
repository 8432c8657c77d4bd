import type { BusyCallOptions, CallOptions } from './call-options.ts';
import type { Dataset } from './dataset.ts';
import { type DestroyOptions, type DestroyPlan, destroyArgs, planDestroy } from './destroy.ts';
import { getDataset, type ListOptions, listDatasets } from './list-datasets.ts';
import { type MountOptions, mounting, parseMounts, type UnmountOptions, unmounting, type ZfsMount } from './mounts.ts';
import { assertDatasetName } from './names.ts';
import type { SettableValue } from './property-kinds.ts';
import { type RenameOptions, renaming } from './rename.ts';
import type { ZfsCommands } from './zfs-commands.ts';
import { isZfsError } from './zfs-error.ts';
import { propertyFlags } from './zfs-properties.ts';

/** Options of {@link ZfsDatasets.create} and of cloning. */
export interface CreateOptions extends CallOptions {
  readonly properties?: Readonly<Record<string, SettableValue>>;
  /** Make missing parents too, mounted as their properties say. */
  readonly parents?: boolean;
}

/** Options of {@link ZfsDatasets.create}. */
export interface CreateFilesystemOptions extends CreateOptions {
  /** Do not mount it now. Not on zfs-fuse, where `canmount=noauto` does the same. */
  readonly unmounted?: boolean;
}

/** Options of {@link ZfsDatasets.createVolume}. */
export interface CreateVolumeOptions extends CreateOptions {
  /** Reserve no space for it. */
  readonly sparse?: boolean;
  /** Bytes, a power of two. */
  readonly blockSize?: number;
}

/** Filesystems and volumes. */
export class ZfsDatasets {
  readonly #zfs: ZfsCommands;

  constructor(commands: ZfsCommands) {
    this.#zfs = commands;
  }

  /** Lists filesystems and volumes, or what `types` says, parents before children. Runs one command. @throws {ZfsError} `DATASET_NOT_FOUND` */
  async list(options: ListOptions = {}): Promise<Dataset[]> {
    return await listDatasets(this.#zfs, options);
  }

  /** Reads a filesystem, volume, snapshot or bookmark, with further `properties`. @throws {ZfsError} `DATASET_NOT_FOUND` */
  async get(name: string, options: CallOptions & { readonly properties?: readonly string[] } = {}): Promise<Dataset> {
    return await getDataset(this.#zfs, name, options);
  }

  /** Tells whether there is a filesystem, volume, snapshot or bookmark of this name. */
  async exists(name: string, options: CallOptions = {}): Promise<boolean> {
    try {
      await getDataset(this.#zfs, name, options);
      return true;
    } catch (error) {
      if (isZfsError(error, 'DATASET_NOT_FOUND', 'POOL_NOT_FOUND')) return false;
      throw error;
    }
  }

  /**
   * Makes a filesystem, and mounts it where its properties say so.
   *
   * Where it was made and only the mount failed, the error has `details.created`.
   *
   * @throws {ZfsError} `DATASET_EXISTS`, `PARENT_NOT_FOUND`, `POOL_NOT_FOUND`, `INVALID_PROPERTY`, `OUT_OF_SPACE`, `MOUNTPOINT_NOT_EMPTY`
   */
  async create(name: string, options: CreateFilesystemOptions = {}): Promise<void> {
    assertDatasetName(name);
    if (options.unmounted === true) this.#zfs.require('createUnmounted', 'make a filesystem without mounting it');
    const flags = [...createFlags(options), ...(options.unmounted === true ? ['-u'] : [])];
    await this.#zfs.run('zfs', ['create', ...flags, name], options);
  }

  /** Makes a volume of `size` bytes: a block device `/dev/zvol/NAME`. @throws {ZfsError} as `create`, `UNSUPPORTED` */
  async createVolume(name: string, size: number, options: CreateVolumeOptions = {}): Promise<void> {
    assertDatasetName(name);
    if (!Number.isSafeInteger(size) || size <= 0)
      throw new TypeError('The size of a volume must be a number of bytes.');
    this.#zfs.require('volumes', 'make volumes');
    const flags = [
      ...createFlags(options),
      ...(options.sparse === true ? ['-s'] : []),
      ...(options.blockSize === undefined ? [] : ['-b', String(options.blockSize)]),
    ];
    await this.#zfs.run('zfs', ['create', ...flags, '-V', String(size), name], options);
  }

  /**
   * Destroys a filesystem or volume; what is only transiently busy is waited for.
   *
   * @throws {ZfsError} `DATASET_NOT_FOUND`, `HAS_CHILDREN`, `HAS_CLONES`, `DATASET_BUSY`
   */
  async destroy(name: string, options: DestroyOptions = {}): Promise<void> {
    assertDatasetName(name);
    await this.#zfs.patiently(options, async (attempt) => {
      try {
        await this.#zfs.run('zfs', destroyArgs(name, options), options);
      } catch (error) {
        // An earlier try was reported as busy and yet it is gone: that is what was wanted.
        if (attempt === 1 || !isZfsError(error, 'DATASET_NOT_FOUND')) throw error;
      }
    });
  }

  /** What {@link destroy} would destroy, without doing it. @throws {ZfsError} as `destroy`, except `DATASET_BUSY` */
  async planDestroy(name: string, options: DestroyOptions = {}): Promise<DestroyPlan> {
    assertDatasetName(name);
    return await planDestroy(this.#zfs, name, options);
  }

  /** Gives it another name in the same pool; what is mounted moves along. @throws {ZfsError} `DATASET_NOT_FOUND`, `DATASET_EXISTS`, `PARENT_NOT_FOUND`, `DATASET_BUSY` */
  async rename(name: string, to: string, options: RenameOptions = {}): Promise<void> {
    assertDatasetName(name);
    assertDatasetName(to);
    const flags = [...(options.parents === true ? ['-p'] : []), ...(options.force === true ? ['-f'] : [])];
    await renaming(this.#zfs, name, to, flags, options);
  }

  /** Turns a clone and its origin round: the snapshot moves to the clone. @throws {ZfsError} `DATASET_NOT_FOUND`, `NOT_A_CLONE`, `DATASET_EXISTS` */
  async promote(name: string, options: BusyCallOptions = {}): Promise<void> {
    assertDatasetName(name);
    await this.#zfs.runPatiently('zfs', ['promote', name], options);
  }

  /** Mounts a filesystem at its mountpoint. Mounted already: nothing happens. @throws {ZfsError} `DATASET_NOT_FOUND`, `NOT_MOUNTABLE`, `MOUNTPOINT_NOT_EMPTY` */
  async mount(name: string, options: MountOptions = {}): Promise<void> {
    await mounting(this.#zfs, name, options);
  }

  /** Unmounts a filesystem. Not mounted: nothing happens. @throws {ZfsError} `DATASET_NOT_FOUND`, `DATASET_BUSY` */
  async unmount(name: string, options: UnmountOptions = {}): Promise<void> {
    await unmounting(this.#zfs, name, options);
  }

  /** What is mounted where. */
  async mounts(options: CallOptions = {}): Promise<ZfsMount[]> {
    return parseMounts(await this.#zfs.run('zfs', ['mount'], options));
  }
}

/** The flags of `create` and `clone`. Pure. */
export function createFlags(options: CreateOptions): string[] {
  return [...(options.parents === true ? ['-p'] : []), ...propertyFlags(options.properties)];
}
