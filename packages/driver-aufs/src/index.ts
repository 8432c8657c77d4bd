export { aufs } from './aufs-driver.ts';
export type { MountReport } from './daemon/protocol.ts';
export { readTrace } from './read-trace.ts';
export type { CopyUpRecord, MountCounters } from './union/mount-trace.ts';
