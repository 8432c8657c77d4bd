export { type FailedStep, failEachStep, failStep } from './fail-each-step.ts';
export { type FilesystemRequest, type FilesystemType, filesystemInFile } from './filesystem-in-file.ts';
export { type GuardOptions, guardedRoot } from './guarded-root.ts';
export { type GuestLab, type GuestRequest, guestLab, guestReason } from './guest-lab.ts';
export {
  type LoopFilesystem,
  type LoopRequest,
  type LoopType,
  loopFilesystem,
  loopFilesystemReason,
} from './loop-filesystem.ts';
export { machineLock } from './machine-lock.ts';
export { privilegeReason, requireOrSkip } from './privilege.ts';
export { type ScratchRoot, scratchRoot } from './scratch-root.ts';
export { type ZfsFusePool, type ZfsFuseRequest, zfsFusePool, zfsReason } from './zfs-fuse.ts';
