export type { Capabilities } from './capabilities.ts';
export { assertQuota, checkSettings, refuseUnknownKeys } from './check-options.ts';
export type { ApplyResult, Change, ChangeKind, DiffOptions, LayerFile } from './diff.ts';
export type { Driver, LayerDiffs, LayerDriver } from './driver.ts';
export type {
  DriverModule,
  DriverSettings,
  MountRoute,
  OpenOptions,
  ProbeCheck,
  ProbeReport,
  SettingSpec,
} from './driver-module.ts';
export type { CallOptions, CreateOptions, Labels, LayerKind, LayerRecord, Quota, Usage } from './layer.ts';
export { assertHolderName, assertLayerId, isLayerId, LAYER_ID_PATTERN } from './layer-id.ts';
export type { CopyUpRecord, LayerTrace, RequestCounter, TraceCounters } from './layer-trace.ts';
export type {
  GetOptions,
  Holder,
  IdMap,
  IdMapRange,
  Mount,
  MountDescription,
  MountOptions,
  MountPlan,
  PutOptions,
} from './mount.ts';
export { REMOVED_DRIVERS } from './removed-drivers.ts';
export { openOptions, type Selection, type SelectRequest, type SelectRule, selectDriver } from './select-driver.ts';
export type { LayerMetadata, StatusLine } from './status.ts';
export {
  isStorageError,
  STORAGE_ERROR_CODES,
  StorageError,
  type StorageErrorCode,
  type StorageErrorOptions,
  throwIfAborted,
} from './storage-error.ts';
