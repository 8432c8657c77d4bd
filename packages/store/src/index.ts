export type { BuiltImage } from './build/build-image.ts';
export type { StoreBuildOptions } from './build/build-in-store.ts';
export { type BuildProgress, formatProgress } from './build/build-progress.ts';
export type { CommitOptions } from './containers/commit-container.ts';
export type { Json } from './containers/container-row.ts';
export type { Container, ContainerSize, Containers } from './containers/containers.ts';
export type { CreateContainerOptions } from './containers/create-container.ts';
export type { ForkOptions } from './containers/fork-container.ts';
export { glanceAtNames, glanceAtStore, type StoreNames } from './glance.ts';
export { chainId, chainIds } from './identity/chain-id.ts';
export { type Digest, digestHex, digestOf, isDigest } from './identity/digest.ts';
export type { ContainerConfig, HistoryEntry, ImageConfig } from './images/image-config.ts';
export type { HistoryLine } from './images/image-history.ts';
export type { ImageDetails, ImageSummary, Images, PruneImagesOptions } from './images/images.ts';
export type { ImportOptions } from './images/import-image.ts';
export type { LayerProgress, LoadedImage, LoadOptions } from './images/load-images.ts';
export type { RemovedImage, RemoveImageOptions } from './images/remove-image.ts';
export type { SaveOptions } from './images/save-images.ts';
export type { LayerKey } from './layers/layer-row.ts';
export type { Layers, StoredLayer } from './layers/layers.ts';
export { type OpenStoreOptions, openStore, type PrunedStore, type Store } from './open-store.ts';
export {
  canonicalReference,
  familiarName,
  familiarReference,
  parseReference,
  type Reference,
} from './reference.ts';
export { abandonMove, removeMoved } from './relocate/end-move.ts';
export type { MoveEnd, MoveProgress, MoveRequest } from './relocate/move-request.ts';
export { type MovedStore, moveStore } from './relocate/move-store.ts';
export { type MovePlan, planMove } from './relocate/plan-move.ts';
export { type RootPlace, rootPlace } from './relocate/root-place.ts';
export type { ContainerSpec } from './run/container-spec.ts';
export type { RunOptions } from './run/run-options.ts';
export type { ExecRequest, RemoveRunOptions, RunnableContainer, Runner } from './run/runner.ts';
export type { ContainerState } from './runtime/container-state.ts';
export type { ExecOptions } from './runtime/exec-container.ts';
export type { RuntimeName } from './runtime/process-spec.ts';
export type { LogEntry, LogOptions } from './runtime/read-logs.ts';
export type { ProcessResult } from './runtime/runtime.ts';
export type { ProcessStreams } from './runtime/streams.ts';
export type { ContainerUsage } from './sizes/container-usage.ts';
export type { DiskUsage, DiskUsageOptions, ImageUsage, UsageTotal } from './sizes/disk-usage.ts';
export {
  isStoreError,
  STORE_ERROR_CODES,
  StoreError,
  type StoreErrorCode,
  type StoreErrorOptions,
} from './store-error.ts';
export type { ContainerMount } from './volumes/container-mounts.ts';
export {
  type BindRequest,
  type MountRequest,
  parseMountFlag,
  parseVolumeFlag,
  type VolumeRequest,
} from './volumes/mount-flag.ts';
export type { PruneResult, Volume, Volumes } from './volumes/volumes.ts';
