export { asUser, type UserIdentity } from './as-user.ts';
export {
  allocateRange,
  changeModeAt,
  changeOwnerAt,
  copyRangeNow,
  listXattrsAt,
  makeDirectoryAt,
  makeHardLinkAt,
  makeNodeAt,
  makeSymlinkAt,
  openAt,
  type RenameManner,
  readLinkAt,
  readXattrAt,
  removeDirectoryAt,
  removeXattrAt,
  renameAt,
  seekTo,
  setTimesAt,
  type TimeAt,
  unlinkAt,
  writeXattrAt,
  type XattrManner,
} from './at-files.ts';
export { type BareMount, bareMount } from './bare-mount.ts';
export { type ChangedInode, type DirectoryEntry, type InodeName, SubvolumeReader } from './btrfs-names.ts';
export {
  enableSubvolumeQuotas,
  forgetSubvolumeQuota,
  hasSubvolumeQuotas,
  limitSubvolume,
} from './btrfs-quota.ts';
export {
  createSubvolume,
  destroySubvolume,
  isSubvolume,
  type SubvolumeInfo,
  setSubvolumeReadOnly,
  snapshotSubvolume,
  subvolumeInfo,
  syncSubvolumes,
} from './btrfs-subvolumes.ts';
export { copyDescriptor } from './copy-descriptor.ts';
export { type CopyFileOptions, canReflink, copyAbilities, copyFileData, copyFileDataNow } from './copy-file.ts';
export type { CopyAbilities } from './copy-range.ts';
export { type CopyProgress, type CopyTreeOptions, copyTree } from './copy-tree.ts';
export { type DataRun, dataSegments, hasHole } from './data-segments.ts';
export { major, makedev, minor } from './device-number.ts';
export {
  syncDirectory,
  syncFile,
  syncFilesystem,
  type WriteOptions,
  writeFileAtomic,
  writeFileAtomicSync,
} from './durable-file.ts';
export { type ErrnoError, errnoCode, errnoError, isErrno, toStorageError } from './errno.ts';
export {
  getXattr,
  type LinkChoice,
  linkPath,
  listXattrBytes,
  renamePath,
  setPathTimes,
  setXattr,
  truncatePath,
  unsetXattr,
} from './exact-calls.ts';
export { type FaultHandler, faultPoint, setFaultHandler } from './fault-point.ts';
export { commonBytes, sharedBytes, sharesAllBlocks } from './fiemap.ts';
export { fileClock } from './file-clock.ts';
export { displayPath, type FilePath, pathBytes, pathText } from './file-path.ts';
export { FileStatus, statAt } from './file-status.ts';
export type { FileTimes } from './file-times.ts';
export {
  changeMode,
  changeOwner,
  createDirectory,
  exchangeFiles,
  makeDirectory,
  makeHardLink,
  makeNode,
  makeSymlink,
  removeDirectory,
  renameFile,
  renameNoReplace,
  setTimes,
  unlinkFile,
} from './files.ts';
export { type Filesystem, filesystemOf } from './filesystem.ts';
export { type FilterOptions, filter } from './filter.ts';
export { FuseDevice } from './fuse-device.ts';
export { type FuseMountRequest, mountFuse, unmountFuse } from './fuse-mount.ts';
export { type IdleProcessors, idleProcessors } from './idle-processors.ts';
export { bootId, kernelAtLeast, kernelRelease } from './kernel.ts';
export { type AcquireOptions, type HeldLock, LockFile } from './lock-file.ts';
export { LockGlance } from './lock-glance.ts';
export { type MeasureOptions, measureTree, type TreeSize } from './measure-tree.ts';
export { createMounter } from './mount.ts';
export { mountDetached } from './mount-detached.ts';
export { escapeOverlay } from './mount-options.ts';
export type { Mounter, MountFlag, MountOption, MountRequest, UnmountOptions } from './mount-request.ts';
export { isMountPoint, type MountEntry, mountsUnder, parseMountinfo, readMounts } from './mountinfo.ts';
export {
  changeFileMode,
  changeFileOwner,
  closeFile,
  createFile,
  openFile,
  setFileTimes,
  truncateFile,
  writeBytes,
  writeBytesInThread,
} from './open-files.ts';
export { type InRootOptions, openInRoot, openInRootIfAny, openRoot } from './open-in-root.ts';
export { openQuietly } from './open-quietly.ts';
export {
  firstPermissions,
  type Owner,
  type OwnerAndMode,
  ownerOfNewFiles,
  setFileOwnerAndMode,
  setOwnerAndMode,
} from './owner-and-mode.ts';
export { openPipe, type Pipe } from './pipe.ts';
export { hasPrivilege, type Privilege } from './privileges.ts';
export { isRunning, type ProcessIdentity, processIdentity, signalProcess } from './process-identity.ts';
export { ProcessMarks } from './process-marks.ts';
export { assignProject, limitProject, projectOf, readProjectQuota } from './project-quota.ts';
export type { ProjectQuota } from './quota-records.ts';
export { readEntries } from './read-directory.ts';
export { eventLoopDescriptor, ReadySet, type Watch, watchReadable } from './ready-set.ts';
export { removeTree } from './remove-tree.ts';
export { type ReserveAbility, reserveBlocks } from './reserve-blocks.ts';
export { commandExists, commandPath, type RunOptions, type RunResult, run } from './run.ts';
export { sealDescriptors } from './seal-descriptors.ts';
export {
  type ProcessEnd,
  type StartedProcess,
  type StartOptions,
  type StreamMode,
  startProcess,
} from './start-process.ts';
export { STREAM_PIECE } from './stream-piece.ts';
export { openTerminal, type Terminal, type TerminalSize } from './terminal.ts';
export { TimeSlice } from './time-slice.ts';
export { withoutPrivilege } from './without-privilege.ts';
export { listXattrs, readXattr, removeXattr, writeXattr } from './xattr.ts';
