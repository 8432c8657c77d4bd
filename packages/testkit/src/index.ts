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
