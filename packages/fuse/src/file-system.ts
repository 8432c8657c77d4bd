import type { Absence, AttributesAnswer, Entry } from './attributes.ts';
import type { DirectoryPlusWriter, DirectoryWriter } from './directory-writer.ts';
import type { Errno } from './errno.ts';
import type { RequestContext } from './request-context.ts';
import type {
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
import type { Session } from './session.ts';

/**
 * What a method gives: the answer at once, or a failure, or a promise of either for what takes long.
 *
 * A failure may be returned, which costs nothing, or thrown (1 µs). Errors of `node:fs` and of `@graphdriver/host`, which carry an
 * `errno`, become that errno. Any other error is a defect: it becomes EIO and is told to the server's `onError`.
 */
export type Answer<T> = T | Errno | Promise<T | Errno>;

/** A made and opened file. */
export interface CreateAnswer {
  readonly entry: Entry;
  readonly open: OpenAnswer;
}

/** Where to go on in a directory: 0 is its start, anything else is what was given with the last entry that was read. */
export interface ReadDirectoryRequest<Writer> {
  readonly handle: number;
  readonly offset: number;
  readonly entries: Writer;
}

/**
 * A file system by node id: what the kernel asks for, one method per kind of request.
 *
 * **Terms.** A *node* is a file, directory or anything else with an inode, by a number that this file system chose; 1 is the root.
 * A *name* is a latin1 string, one character per byte: `Buffer.from(name, 'latin1')` are the bytes.
 * A *handle* is the number that `open`, `create`, `tmpfile` or `opendir` gave; it is 0 where there is no such method.
 *
 * **Life of a node.** Each answer that names a node (`lookup`, what makes nodes, each entry of `readdirplus`) counts one lookup.
 * `forget` takes lookups back; at none the kernel will not name that id again, and the file system may drop it.
 * A node without a name lives on until then.
 *
 * **All methods are optional.** What is missing fails with ENOSYS, which the kernel remembers and handles itself where it can:
 * without `open` and `opendir` files need no opening, without `flush`, `access`, `fsync`, `fsyncdir`, `lseek`, `fallocate`,
 * `copyFileRange`, `setxattr`, `getxattr` … they are never asked for again, without `setlk` locks are kept by the kernel.
 * `statfs` has an answer of its own, `forget`, `release` and `destroy` are silently done.
 *
 * **Order.** Methods are called one after the other, in the order in which the kernel asks, and never while another one runs.
 * What answers with a promise lets others run meanwhile; nothing keeps two such apart but the file system itself.
 * The kernel locks a directory while a name in it is made, removed or renamed.
 *
 * @example a file system with one empty directory
 *
 * ```ts
 * const root = { ino: 1, mode: 0o40755, links: 2, ... };
 * const fileSystem: FileSystem = {
 *   getattr: () => ({ attributes: root, attributeTimeout: 60 }),
 *   lookup: () => ({ node: 0, entryTimeout: 60 }),
 *   readdir: () => undefined,
 * };
 * ```
 */
export interface FileSystem {
  /** Called once, when the kernel and the server have agreed, before any other method; again in a process that takes over. */
  init?(session: Session): void;
  /** The mount is gone, or this server was closed. No other method is called any more. */
  destroy?(): void;

  /** Finds a name. Counts a lookup of the node. */
  lookup?(parent: number, name: string, context: RequestContext): Answer<Entry | Absence>;
  /** Takes back `lookups` of a node. There is no answer and nobody waits. */
  forget?(node: number, lookups: number): void;

  /** `handle` is that of an open file where fstat(2) is asked. */
  getattr?(node: number, handle: number | undefined, context: RequestContext): Answer<AttributesAnswer>;
  setattr?(node: number, request: SetAttributesRequest, context: RequestContext): Answer<AttributesAnswer>;
  /** The target of a symbolic link, as latin1 string or bytes. */
  readlink?(node: number, context: RequestContext): Answer<string | Uint8Array>;

  /** Makes a regular file, fifo, socket or device. Counts a lookup. */
  mknod?(parent: number, request: MakeNodeRequest, context: RequestContext): Answer<Entry>;
  mkdir?(parent: number, request: MakeRequest, context: RequestContext): Answer<Entry>;
  symlink?(parent: number, request: SymlinkRequest, context: RequestContext): Answer<Entry>;
  unlink?(parent: number, name: string, context: RequestContext): Answer<void>;
  rmdir?(parent: number, name: string, context: RequestContext): Answer<void>;
  rename?(parent: number, request: RenameRequest, context: RequestContext): Answer<void>;
  link?(newParent: number, request: LinkRequest, context: RequestContext): Answer<Entry>;

  open?(node: number, request: OpenRequest, context: RequestContext): Answer<OpenAnswer>;
  /** Makes and opens in one go. Without it the kernel uses `mknod` and `open`. Counts a lookup. */
  create?(parent: number, request: CreateRequest, context: RequestContext): Answer<CreateAnswer>;
  /** Makes and opens a file without a name (O_TMPFILE); `name` is empty. Without it programs see EOPNOTSUPP. Counts a lookup. */
  tmpfile?(parent: number, request: CreateRequest, context: RequestContext): Answer<CreateAnswer>;
  /** Answers the number of bytes put into `request.into`, or bytes. Fewer than asked for mean the end of the file. */
  read?(node: number, request: ReadRequest, context: RequestContext): Answer<number | Uint8Array>;
  /** Answers how many bytes were written. */
  write?(node: number, request: WriteRequest, context: RequestContext): Answer<number>;
  flush?(node: number, request: FlushRequest, context: RequestContext): Answer<void>;
  release?(node: number, request: ReleaseRequest, context: RequestContext): Answer<void>;
  fsync?(node: number, request: SyncRequest, context: RequestContext): Answer<void>;
  fallocate?(node: number, request: AllocateRequest, context: RequestContext): Answer<void>;
  /** Answers the offset, or ENXIO where there is no more data. */
  lseek?(node: number, request: SeekRequest, context: RequestContext): Answer<number>;
  /** Answers how many bytes were copied. */
  copyFileRange?(node: number, request: CopyRangeRequest, context: RequestContext): Answer<number>;

  opendir?(node: number, request: OpenRequest, context: RequestContext): Answer<OpenAnswer>;
  /** Adds names to `request.entries` from `request.offset` on, until `add` says that they are full. None mean the end. */
  readdir?(node: number, request: ReadDirectoryRequest<DirectoryWriter>, context: RequestContext): Answer<void>;
  /** The same with what `lookup` would say of each name, which counts a lookup of each that was added. */
  readdirplus?(node: number, request: ReadDirectoryRequest<DirectoryPlusWriter>, context: RequestContext): Answer<void>;
  releasedir?(node: number, request: ReleaseRequest, context: RequestContext): Answer<void>;
  fsyncdir?(node: number, request: SyncRequest, context: RequestContext): Answer<void>;

  statfs?(node: number, context: RequestContext): Answer<FilesystemStatistics>;
  /** access(2), never asked for with `defaultPermissions`. `mask` as there. */
  access?(node: number, mask: number, context: RequestContext): Answer<void>;

  setxattr?(node: number, request: SetXattrRequest, context: RequestContext): Answer<void>;
  /** The value, or ENODATA. The server handles sizes. */
  getxattr?(node: number, name: string, context: RequestContext): Answer<Uint8Array>;
  listxattr?(node: number, context: RequestContext): Answer<readonly string[]>;
  removexattr?(node: number, name: string, context: RequestContext): Answer<void>;

  /** The lock that is in the way, or one of type `unlock`. */
  getlk?(node: number, request: LockRequest, context: RequestContext): Answer<FileLock>;
  setlk?(node: number, request: LockRequest, context: RequestContext): Answer<void>;
  ioctl?(node: number, request: IoctlRequest, context: RequestContext): Answer<IoctlAnswer>;
  /** syncfs(2); current kernels ask for it only on mounts of their own kinds. */
  syncfs?(node: number, context: RequestContext): Answer<void>;
}
