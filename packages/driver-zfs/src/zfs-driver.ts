import { withDiffs } from '@graphdriver/archive';
import { type Driver, type DriverModule, type OpenOptions, StorageError } from '@graphdriver/core';
import { type CheckedOptions, openManagedDriver, prepareRoot, requireSuitable } from '@graphdriver/driver-kit';
import { createMounter, isErrno, makeDirectory, toStorageError } from '@graphdriver/host';
import { isZfsError, openZfs, poolOf, type Zfs } from '@graphdriver/zfs-cli-wrapper';
import { DatasetMounts } from './dataset-mounts.ts';
import { DatasetNames, requireRoom } from './dataset-names.ts';
import { timestampGranularity } from './file-times.ts';
import { LayerDatasets } from './layer-datasets.ts';
import { ZfsLayout } from './layout.ts';
import { checkOptions, SETTINGS } from './options.ts';
import { parentDataset } from './parent-dataset.ts';
import { poolStatus } from './pool-status.ts';
import { probe, suitability } from './probe.ts';
import { rootKey } from './root-key.ts';
import { ZfsBackend } from './zfs-backend.ts';
import { zfsCapabilities } from './zfs-capabilities.ts';
import { ZfsDiffs } from './zfs-diffs.ts';
import { poolGone, storageFailure } from './zfs-failure.ts';

/** Layers are datasets and children are clones, which share every block until it changes: Docker's driver of the same name. */
export const zfs: DriverModule = {
  name: 'zfs',
  summary:
    'Clones of ZFS datasets: a first write copies one block, whatever the size of the file. Needs a pool, by OpenZFS or zfs-fuse.',
  settings: SETTINGS,
  probe,
  open,
};

function open(options: OpenOptions): Promise<Driver> {
  return openWith(options, openZfs);
}

/** Opens a root with the commands that `find` finds. @throws {StorageError} as every driver's `open` */
export async function openWith(options: OpenOptions, find: () => Promise<Zfs>): Promise<Driver> {
  const given = checkOptions(options);
  const parent = requireParent(given);
  const commands = await requireZfs(parent, find);
  const root = prepareRoot(given.root);
  const layout = new ZfsLayout(root);
  prepareRooms(layout);
  const names = new DatasetNames(parent, await rootKey(layout));
  const parts = { zfs: commands, layout, names, mounter: createMounter(given.mountWith) };
  const mounts = new DatasetMounts(parts);
  const datasets = new LayerDatasets({ ...parts, mounts });
  const capabilities = zfsCapabilities({ timestampGranularity: timestampGranularity(commands, parent) });
  const status = (): ReturnType<typeof poolStatus> => poolStatus(commands, parent);
  const backend = new ZfsBackend({ layout, names, datasets, capabilities, status });
  await mounts.removeStale();
  // The root may be moved to another file system, and still knows where its layers are.
  const managed = await openManagedDriver(backend, { ...given, root, settings: { fsname: parent } });
  return withDiffs(managed, new ZfsDiffs(managed, datasets));
}

/** @throws {StorageError} `PERMISSION_DENIED`, `UNSUITABLE_FILESYSTEM`, `UNSUPPORTED`, `NEWER_FORMAT`, `CORRUPT_ROOT` */
function requireParent(options: CheckedOptions): string {
  try {
    requireSuitable(suitability(options));
    const parent = parentDataset(options.root, options.settings);
    if (typeof parent !== 'string')
      throw new StorageError('UNSUITABLE_FILESYSTEM', `zfs does not work on ${options.root}: ${parent.why}`, {
        hint: parent.remedy,
      });
    requireRoom(parent);
    return parent;
  } catch (error) {
    throw toStorageError(error, `Could not open ${options.root} for the driver zfs.`);
  }
}

/** Finds ZFS, and the parent dataset in it. Runs two or three commands. @throws {StorageError} `PREREQUISITE_MISSING`, `PERMISSION_DENIED` */
async function requireZfs(parent: string, find: () => Promise<Zfs>): Promise<Zfs> {
  try {
    const found = await find();
    const { type } = await found.datasets.get(parent);
    if (type === 'filesystem') return found;
    throw new StorageError('PREREQUISITE_MISSING', `${parent} is a ${type}, and layers need a file system.`, {
      hint: 'Name a file system with the setting fsname.',
      details: { fsname: parent },
    });
  } catch (error) {
    if (isZfsError(error, 'POOL_NOT_FOUND')) throw poolGone(poolOf(parent), error);
    if (!isZfsError(error, 'DATASET_NOT_FOUND'))
      throw storageFailure(error, `The layers under ${parent} cannot be reached.`);
    throw new StorageError('PREREQUISITE_MISSING', `There is no dataset ${parent}, under which the layers are.`, {
      hint: `Import the pool (zpool import ${poolOf(parent)}), or make the dataset (zfs create -p ${parent}).`,
      cause: error,
      details: { fsname: parent },
    });
  }
}

/** Makes the directories that hold the layers. @throws {StorageError} `PERMISSION_DENIED`, `OUT_OF_SPACE`, `SYSTEM_CALL_FAILED` */
function prepareRooms(layout: ZfsLayout): void {
  try {
    for (const room of ZfsLayout.rooms) ensureDirectory(layout.room(room));
  } catch (error) {
    throw toStorageError(error, `Could not make the directories of layers in ${layout.root}.`);
  }
}

// Passable, as the root is: whoever may pass through it may get to what is mounted in it.
function ensureDirectory(path: string): void {
  try {
    makeDirectory(path, 0o711);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
}
