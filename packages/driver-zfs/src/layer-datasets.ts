import { existsSync } from 'node:fs';
import { type CallOptions, StorageError } from '@graphdriver/core';
import { isErrno, type MountFlag, makeDirectory, removeDirectory } from '@graphdriver/host';
import { isZfsError, poolOf, type SettableValue, type Zfs } from '@graphdriver/zfs-cli-wrapper';
import type { DatasetMounts } from './dataset-mounts.ts';
import type { DatasetNames } from './dataset-names.ts';
import type { ZfsLayout } from './layout.ts';
import { asStorageError, poolGone } from './zfs-failure.ts';

/** User properties that say whose a dataset is: the root by its key, and the layer by its id. */
const ROOT_PROPERTY = 'org.graphdriver:root';
const LAYER_PROPERTY = 'org.graphdriver:layer';

/** What {@link LayerDatasets} is made of. */
export interface LayerDatasetsParts {
  readonly zfs: Zfs;
  readonly layout: ZfsLayout;
  readonly names: DatasetNames;
  readonly mounts: DatasetMounts;
}

/** What a new layer is to be. */
export interface NewDataset extends CallOptions {
  readonly parent: string | undefined;
  /** Bytes. */
  readonly quota: number | undefined;
}

/**
 * The datasets that layers are: the one place where they are made, changed and destroyed.
 *
 * A layer's directory under `datasets` is made after its dataset: while it is there the dataset is known to be ours. Where it is not,
 * the dataset is asked, so that none is ever destroyed that this root has not made.
 */
export class LayerDatasets {
  readonly #zfs: Zfs;
  readonly #layout: ZfsLayout;
  readonly #names: DatasetNames;
  readonly #mounts: DatasetMounts;

  constructor(parts: LayerDatasetsParts) {
    this.#zfs = parts.zfs;
    this.#layout = parts.layout;
    this.#names = parts.names;
    this.#mounts = parts.mounts;
  }

  /** Makes a layer's dataset: empty, or a clone of its parent's snapshot. It is not mounted. */
  async make(id: string, request: NewDataset): Promise<void> {
    const what = `Could not make the dataset of the layer ${id}.`;
    removeIfThere(this.#layout.dataset(id));
    await asStorageError(what, async () => {
      try {
        await this.#create(id, request);
      } catch (error) {
        if (!isZfsError(error, 'DATASET_EXISTS')) throw await this.#orPoolGone(error);
        // Its record is gone, or it would not be made: it was left by a crash, or is somebody else's.
        if (!(await this.#isOurs(id))) throw foreign(this.#names.of(id), error);
        await this.#destroy(id);
        await this.#create(id, request);
      }
    });
    ensureDirectory(this.#layout.dataset(id));
    // zfs-fuse mounts a clone whatever `canmount` says.
    if (request.parent !== undefined && !this.#zfs.capabilities.cloneUnmounted) await this.#mounts.removeAll(id);
  }

  /** Destroys everything of a layer, whole or not. Repeating it is safe. */
  async unmake(id: string): Promise<void> {
    const known = existsSync(this.#layout.dataset(id));
    await this.#mounts.removeAll(id);
    await asStorageError(`Could not destroy the dataset of the layer ${id}.`, async () => {
      if (known || (await this.#isOurs(id))) await this.#destroy(id);
    });
    removeIfThere(this.#layout.dataset(id));
  }

  /** Takes the snapshot that a layer's children start from, and lets nobody write into the layer any more. On the disk when it returns. */
  async seal(id: string, options: CallOptions): Promise<void> {
    await this.#attempt(`Could not take the snapshot of the layer ${id}.`, async () => {
      // First what fails in a full pool, and can be undone in one.
      await this.#zfs.snapshots.create(this.#names.committed(id), options);
      // zfs-fuse shows no extended attributes of what is read-only to it. There the mounts alone are.
      if (this.#zfs.version.flavour !== 'zfs-fuse')
        await this.#zfs.properties.set(this.#names.of(id), { readonly: true }, options);
    });
  }

  /** Runs `change` on the files of a layer; only when it has returned are they changed for good. Otherwise {@link recover} takes all back. */
  async changing<T>(id: string, change: (path: string) => Promise<T>): Promise<T> {
    const what = `Could not keep what the layer ${id} was.`;
    await this.#attempt(what, () => this.#zfs.snapshots.create(this.#names.before(id)));
    const result = await this.reading(id, change);
    await this.#attempt(what, () => this.#zfs.snapshots.destroy(this.#names.before(id)));
    return result;
  }

  /** Brings a writable layer back to what it was before {@link changing} or {@link seal} was begun and not ended. */
  async recover(id: string): Promise<void> {
    const name = this.#names.of(id);
    await this.#mounts.removeAll(id);
    await this.#attempt(`Could not bring back what the layer ${id} was.`, async () => {
      const found = await this.#zfs.datasets.list({
        root: name,
        depth: 1,
        types: ['filesystem', 'snapshot'],
        properties: ['readonly'],
      });
      const has = (snapshot: string): boolean => found.some((dataset) => dataset.name === snapshot);
      if (has(this.#names.committed(id))) await this.#zfs.snapshots.destroy(this.#names.committed(id));
      const sealed = found.some((dataset) => dataset.name === name && dataset.properties['readonly']?.raw === 'on');
      // A full pool refuses it, so that it is not said in vain.
      if (sealed) await this.#zfs.properties.set(name, { readonly: false });
      if (!has(this.#names.before(id))) return;
      await this.#zfs.snapshots.rollback(this.#names.before(id), { destroyNewer: true });
      await this.#zfs.snapshots.destroy(this.#names.before(id));
    });
  }

  /** Shows the files of a layer at `target`, an existing directory. */
  async attach(id: string, target: string, flags: readonly MountFlag[]): Promise<void> {
    await this.#attempt(`Could not mount the layer ${id}.`, () => this.#mounts.attach(id, target, flags));
  }

  /** Prepares a layer's mount for being taken away. */
  async unmounting(id: string, options: { readonly detach?: boolean }): Promise<void> {
    await this.#mounts.unmounting(id, options);
  }

  /** Takes away mounts that were kept for files that were open. Never fails: the next one who opens the root tries again. */
  async closed(): Promise<void> {
    await this.#mounts.letGo().catch(() => undefined);
  }

  /** Lends the files of a layer as long as `use` runs. */
  async reading<T>(id: string, use: (path: string) => Promise<T>): Promise<T> {
    const view = await this.#attempt(`Could not mount the layer ${id}.`, () => this.#mounts.open(id));
    await using _open = view;
    return await use(view.path);
  }

  /** Ids of all layers of which there is a dataset in the pool. Runs one command. */
  async ids(): Promise<readonly string[]> {
    const root = this.#names.parent;
    const found = await this.#attempt(`Could not list the datasets under ${root}.`, () =>
      this.#zfs.datasets.list({
        root,
        depth: 1,
        types: ['filesystem'],
        properties: [ROOT_PROPERTY, LAYER_PROPERTY],
      }),
    );
    return found.flatMap(({ name, properties }) => {
      const id = this.#names.idIn(name);
      return id !== undefined && properties[LAYER_PROPERTY]?.value === id ? [id] : [];
    });
  }

  /** Bytes that belong to the layer alone, as ZFS counts them: with its metadata, and compressed. What waits to be written counts. */
  async ownBytes(id: string): Promise<number> {
    const name = this.#names.of(id);
    return this.#attempt(`Could not measure the layer ${id}.`, async () => {
      const { usedbydataset } = await this.#zfs.properties.get(name, ['usedbydataset']);
      return usedbydataset?.value ?? 0;
    });
  }

  /** Bytes that would be free without the layer: none while others have been cloned from it. */
  async freedBytes(id: string): Promise<number> {
    const datasets = await this.#attempt(`Could not measure the layer ${id}.`, () =>
      this.#zfs.datasets.list({ root: this.#names.parent, depth: 1, types: ['filesystem'] }),
    );
    const origin = this.#names.committed(id);
    if (datasets.some((dataset) => dataset.origin === origin)) return 0;
    return datasets.find(({ name }) => name === this.#names.of(id))?.used ?? 0;
  }

  /** Has counted what was written, which ZFS does when it goes to the disk. Waits for it. */
  async settle(id: string): Promise<void> {
    await this.#attempt(`Could not write out the layer ${id}.`, async () => {
      try {
        if (this.#zfs.version.flavour !== 'zfs-fuse')
          return void (await this.#zfs.run('zpool', ['sync', poolOf(this.#names.parent)]));
        // Setting any property waits for the disk.
        await this.#zfs.properties.set(this.#names.of(id), { [LAYER_PROPERTY]: id });
      } catch (error) {
        // What a full pool has counted so far is the best that can be said.
        if (!isZfsError(error, 'OUT_OF_SPACE', 'QUOTA_EXCEEDED')) throw error;
      }
    });
  }

  async #create(id: string, { parent, quota, signal }: NewDataset): Promise<void> {
    const properties: Record<string, SettableValue> = {
      [ROOT_PROPERTY]: this.#names.key,
      [LAYER_PROPERTY]: id,
      canmount: 'noauto',
      mountpoint: this.#layout.dataset(id),
      readonly: false,
      atime: false,
      // What a layer's files may do is said by the options of `get`, and not by the parent dataset.
      setuid: true,
      exec: true,
      devices: true,
      ...(quota === undefined ? {} : { quota }),
      ...(this.#zfs.version.flavour === 'zfs-fuse' ? {} : { acltype: 'posixacl', xattr: 'sa' }),
    };
    const options = { ...(signal === undefined ? {} : { signal }) };
    const name = this.#names.of(id);
    if (parent !== undefined) {
      await this.#zfs.snapshots.clone(this.#names.committed(parent), name, { ...options, properties });
      return;
    }
    // Names of files are any bytes. These can be said only here.
    const names = { utf8only: false, normalization: 'none', casesensitivity: 'sensitive' };
    await this.#zfs.datasets.create(name, { ...options, properties: { ...properties, ...names } });
  }

  async #destroy(id: string): Promise<void> {
    // A mount that another mount namespace has got a copy of goes with its directory.
    removeIfThere(this.#layout.dataset(id));
    try {
      await this.#zfs.datasets.destroy(this.#names.of(id), { recursive: true });
    } catch (error) {
      if (!isZfsError(error, 'DATASET_NOT_FOUND')) throw error;
      const failure = await this.#orPoolGone(error);
      if (failure !== error) throw failure;
    }
  }

  /** Whether there is a dataset of this root's and this layer's. */
  async #isOurs(id: string): Promise<boolean> {
    try {
      const found = await this.#zfs.properties.get(this.#names.of(id), [ROOT_PROPERTY, LAYER_PROPERTY]);
      const [root, layer] = [found[ROOT_PROPERTY], found[LAYER_PROPERTY]];
      return root?.value === this.#names.key && layer?.value === id && layer.source.kind === 'local';
    } catch (error) {
      if (!isZfsError(error, 'DATASET_NOT_FOUND')) throw error;
      const failure = await this.#orPoolGone(error);
      if (failure !== error) throw failure;
      return false;
    }
  }

  async #attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
    return asStorageError(what, async () => {
      try {
        return await work();
      } catch (error) {
        throw await this.#orPoolGone(error);
      }
    });
  }

  /** The error, or a better one: zfs says of a dataset that its pool took along only that there is none. */
  async #orPoolGone(error: unknown): Promise<unknown> {
    if (!isZfsError(error, 'DATASET_NOT_FOUND', 'PARENT_NOT_FOUND', 'POOL_NOT_FOUND')) return error;
    const pool = poolOf(this.#names.parent);
    return (await this.#zfs.pools.exists(pool)) ? error : poolGone(pool, error);
  }
}

function foreign(dataset: string, cause: unknown): StorageError {
  return new StorageError('CORRUPT_ROOT', `There is a dataset ${dataset} already, and this root has not made it.`, {
    hint: 'Rename or destroy it: it has the name of the layer that is to be made.',
    cause,
    details: { dataset },
  });
}

function ensureDirectory(path: string): void {
  try {
    makeDirectory(path, 0o700);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
}

/** What somebody has put into it, while nothing was mounted there, is not ours to remove. */
function removeIfThere(path: string): void {
  try {
    removeDirectory(path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTEMPTY')) throw error;
  }
}
