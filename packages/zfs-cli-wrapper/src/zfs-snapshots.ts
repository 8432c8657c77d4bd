import type { BusyCallOptions, CallOptions } from './call-options.ts';
import type { Dataset } from './dataset.ts';
import { type DestroyPlan, planDestroy } from './destroy.ts';
import { type ListOptions, listDatasets } from './list-datasets.ts';
import { assertDatasetName, assertSnapshotName, datasetOf } from './names.ts';
import type { SettableValue } from './property-kinds.ts';
import type { ZfsCommands } from './zfs-commands.ts';
import { type CreateOptions, createFlags } from './zfs-datasets.ts';
import { isZfsError, ZfsError } from './zfs-error.ts';
import { ZfsHolds } from './zfs-holds.ts';
import { propertyFlags } from './zfs-properties.ts';

/** Options of {@link ZfsSnapshots.create}. */
export interface SnapshotOptions extends BusyCallOptions {
  /** Of all descendants too, all at one moment. */
  readonly recursive?: boolean;
  /** User properties of the snapshot. */
  readonly properties?: Readonly<Record<string, SettableValue>>;
}

/** Options of {@link ZfsSnapshots.destroy}. */
export interface DestroySnapshotOptions extends BusyCallOptions {
  /** The snapshots of the same name of all descendants too. */
  readonly recursive?: boolean;
  /** And all clones. */
  readonly clones?: boolean;
  /** Where clones or holds keep it, destroy it with the last of them. */
  readonly deferred?: boolean;
}

/** Options of {@link ZfsSnapshots.rollback}. */
export interface RollbackOptions extends BusyCallOptions {
  /** Destroy newer snapshots; with `clones`, their clones too. */
  readonly destroyNewer?: boolean | 'clones';
  /** Unmount clones that are in use. */
  readonly force?: boolean;
}

/** Snapshots, their holds, and clones of them. */
export class ZfsSnapshots {
  readonly holds: ZfsHolds;
  readonly #zfs: ZfsCommands;

  constructor(commands: ZfsCommands) {
    this.#zfs = commands;
    this.holds = new ZfsHolds(commands);
  }

  /** Lists the snapshots of a dataset and its descendants, or of `depth: 1` the dataset alone. @throws {ZfsError} `DATASET_NOT_FOUND` */
  async list(options: Omit<ListOptions, 'types'> = {}): Promise<Dataset[]> {
    return await listDatasets(this.#zfs, { ...options, types: ['snapshot'] });
  }

  /**
   * Takes a snapshot, or several of different datasets at one moment. Takes constant time. Where one of several fails, there is none.
   *
   * @throws {ZfsError} `DATASET_NOT_FOUND`, `DATASET_EXISTS`, `OUT_OF_SPACE`; `UNSUPPORTED` for several on zfs-fuse
   */
  async create(snapshot: string | readonly string[], options: SnapshotOptions = {}): Promise<void> {
    const snapshots = typeof snapshot === 'string' ? [snapshot] : snapshot;
    for (const name of snapshots) assertSnapshotName(name);
    if (snapshots.length === 0) return;
    if (new Set(snapshots.map(datasetOf)).size < snapshots.length)
      throw new ZfsError('INVALID_NAME', 'Several snapshots at one moment must be of different datasets.');
    if (snapshots.length > 1) this.#zfs.require('severalSnapshots', 'take several snapshots at one moment');
    const flags = [...(options.recursive === true ? ['-r'] : []), ...propertyFlags(options.properties)];
    await this.#zfs.runPatiently('zfs', ['snapshot', ...flags, ...snapshots], options);
  }

  /** Makes a filesystem or volume that begins as the snapshot. Takes constant time. @throws {ZfsError} `DATASET_NOT_FOUND`, `DATASET_EXISTS`, `PARENT_NOT_FOUND`, `OUT_OF_SPACE` */
  async clone(snapshot: string, name: string, options: CreateOptions = {}): Promise<void> {
    assertSnapshotName(snapshot);
    assertDatasetName(name);
    await this.#zfs.run('zfs', ['clone', ...createFlags(options), snapshot, name], options);
  }

  /** Destroys a snapshot. @throws {ZfsError} `DATASET_NOT_FOUND`, `HAS_CLONES`, `HAS_HOLDS`, `DATASET_BUSY` */
  async destroy(snapshot: string, options: DestroySnapshotOptions = {}): Promise<void> {
    assertSnapshotName(snapshot);
    const depth = options.clones === true ? ['-R'] : options.recursive === true ? ['-r'] : [];
    const args = ['destroy', ...depth, ...(options.deferred === true ? ['-d'] : []), snapshot];
    await this.#zfs.patiently(options, async (attempt) => {
      try {
        await this.#zfs.run('zfs', args, options);
      } catch (error) {
        if (attempt > 1 && isZfsError(error, 'DATASET_NOT_FOUND')) return;
        throw await this.#heldOr(error, snapshot, options);
      }
    });
  }

  /** What {@link destroy} would destroy, without doing it. @throws {ZfsError} `DATASET_NOT_FOUND`, `HAS_CLONES` */
  async planDestroy(snapshot: string, options: DestroySnapshotOptions = {}): Promise<DestroyPlan> {
    assertSnapshotName(snapshot);
    return await planDestroy(this.#zfs, snapshot, options);
  }

  /** Gives it another name, which is a name alone or with the same dataset. @throws {ZfsError} `DATASET_NOT_FOUND`, `DATASET_EXISTS` */
  async rename(
    snapshot: string,
    to: string,
    options: BusyCallOptions & { readonly recursive?: boolean } = {},
  ): Promise<void> {
    assertSnapshotName(snapshot);
    const target = to.includes('@') ? to : `${datasetOf(snapshot)}@${to}`;
    assertSnapshotName(target);
    if (datasetOf(target) !== datasetOf(snapshot))
      throw new ZfsError('INVALID_NAME', `${JSON.stringify(to)} is not of the dataset of ${snapshot}.`);
    await this.#zfs.runPatiently(
      'zfs',
      ['rename', ...(options.recursive === true ? ['-r'] : []), snapshot, target],
      options,
    );
  }

  /** Makes the dataset what it was at the snapshot. What was written since is lost. @throws {ZfsError} `DATASET_NOT_FOUND`, `NEWER_SNAPSHOTS`, `HAS_CLONES`, `DATASET_BUSY` */
  async rollback(snapshot: string, options: RollbackOptions = {}): Promise<void> {
    assertSnapshotName(snapshot);
    const newer = options.destroyNewer === 'clones' ? ['-R'] : options.destroyNewer === true ? ['-r'] : [];
    await this.#zfs.runPatiently(
      'zfs',
      ['rollback', ...newer, ...(options.force === true ? ['-f'] : []), snapshot],
      options,
    );
  }

  /** A hold makes a snapshot busy for ever, and waiting for it would be in vain. */
  async #heldOr(error: unknown, snapshot: string, options: CallOptions): Promise<unknown> {
    if (!isZfsError(error, 'DATASET_BUSY')) return error;
    const held = await this.holds.count(snapshot, options).catch(() => 0);
    if (held === 0) return error;
    return new ZfsError('HAS_HOLDS', `${snapshot} is held by ${held === 1 ? 'a tag' : `${held} tags`}.`, {
      hint: 'Release the holds, or destroy it deferred.',
      cause: error,
      details: error.details,
    });
  }
}
