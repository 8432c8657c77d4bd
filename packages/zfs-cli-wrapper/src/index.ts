export type { BusyCallOptions, CallOptions } from './call-options.ts';
export { capabilitiesOf, type ZfsCapabilities } from './capabilities.ts';
export type { Dataset, DatasetType } from './dataset.ts';
export type { DestroyOptions, DestroyPlan } from './destroy.ts';
export { hostRunner } from './host-runner.ts';
export type { ListOptions } from './list-datasets.ts';
export type { MountOptions, UnmountOptions, ZfsMount } from './mounts.ts';
export {
  assertAnyName,
  assertBookmarkName,
  assertDatasetName,
  assertHoldTag,
  assertPoolName,
  assertPropertyName,
  assertSnapshotName,
  datasetOf,
  isUserProperty,
  parentOf,
  poolOf,
} from './names.ts';
export { openZfs, type Zfs, type ZfsOptions } from './open-zfs.ts';
export type { Pool, PoolProperty } from './pool.ts';
export type { Health, PoolScan, PoolStatus, Vdev } from './pool-status.ts';
export type { PropertyKind, PropertyType, PropertyValue, SettableValue } from './property-kinds.ts';
export type { Properties, Property, PropertySource } from './property-listing.ts';
export type { RenameOptions } from './rename.ts';
export { DEFAULT_RETRY, NO_RETRY, type RetryPolicy } from './retry.ts';
export type { SendEstimate, SendPart } from './send-estimate.ts';
export type { VdevGroup, VdevSpec } from './vdev.ts';
export type { ZfsBookmarks } from './zfs-bookmarks.ts';
export type {
  CreateFilesystemOptions,
  CreateOptions,
  CreateVolumeOptions,
  ZfsDatasets,
} from './zfs-datasets.ts';
export type { DiffChange, DiffEntry, DiffFileType } from './zfs-diff.ts';
export {
  isZfsError,
  ZFS_ERROR_CODES,
  ZfsError,
  type ZfsErrorCode,
  type ZfsErrorDetails,
  type ZfsErrorOptions,
} from './zfs-error.ts';
export type { Hold, HoldOptions, ZfsHolds } from './zfs-holds.ts';
export type { CreatePoolOptions, ImportableOptions, ImportOptions, ZfsPools } from './zfs-pools.ts';
export type { InheritOptions, ZfsProperties } from './zfs-properties.ts';
export type { CommandName, CommandResult, RunnerOptions, RunningCommand, ZfsRunner } from './zfs-runner.ts';
export type { DestroySnapshotOptions, RollbackOptions, SnapshotOptions, ZfsSnapshots } from './zfs-snapshots.ts';
export type { ReceiveOptions, SendOptions, StreamProgress, ZfsStreams } from './zfs-streams.ts';
export type { ZfsVersion } from './zfs-version.ts';
