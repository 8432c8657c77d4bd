export type { Absence, Attributes, AttributesAnswer, Entry, Time } from './attributes.ts';
export type { OperationCounter } from './counters.ts';
export type { DirectoryPlusWriter, DirectoryWriter } from './directory-writer.ts';
export { Errno, type ErrnoName, errno } from './errno.ts';
export type { Features, SessionOptions } from './features.ts';
export type { Answer, CreateAnswer, FileSystem, ReadDirectoryRequest } from './file-system.ts';
export { FuseServer } from './fuse-server.ts';
export type { FuseMount, MountOptions, ServerOptions, Takeover } from './mount-options.ts';
export type { Notifier } from './notifier.ts';
export { INIT_FLAGS, type InitFlag, OPCODES } from './protocol.ts';
export { ProtocolError, type ProtocolErrorReason } from './protocol-error.ts';
export type { RequestContext } from './request-context.ts';
export type {
  AllocateRequest,
  CopyRangeRequest,
  CreateRequest,
  FileLock,
  FilesystemStatistics,
  FlushRequest,
  IoctlAnswer,
  IoctlRequest,
  LinkRequest,
  LockRequest,
  MakeNodeRequest,
  MakeRequest,
  OpenAnswer,
  OpenRequest,
  ReadRequest,
  ReleaseRequest,
  RenameRequest,
  SeekRequest,
  SetAttributesRequest,
  SetXattrRequest,
  SymlinkRequest,
  SyncRequest,
  WriteRequest,
} from './requests.ts';
export type { Session, SessionParameters } from './session.ts';
