import type { Time } from './attributes.ts';

/** A new node: `mode` has no bits of `umask` any more unless the feature `dontMask` was asked for. */
export interface MakeRequest {
  readonly name: string;
  /** Type and permission bits; for `mkdir` permission bits only. */
  readonly mode: number;
  readonly umask: number;
}

/** A new special file. */
export interface MakeNodeRequest extends MakeRequest {
  readonly rdev: number;
}

/** A new symbolic link. */
export interface SymlinkRequest {
  readonly name: string;
  readonly target: string;
}

/** A rename away from the node that the method is called with. */
export interface RenameRequest {
  readonly name: string;
  readonly newParent: number;
  readonly newName: string;
  /** RENAME_NOREPLACE: fail with EEXIST where the new name is taken. */
  readonly noReplace: boolean;
  /** RENAME_EXCHANGE: swap both names. */
  readonly exchange: boolean;
  /** RENAME_WHITEOUT: leave a character device 0:0 at the old name. What the upper directory of an overlay needs. */
  readonly whiteout: boolean;
}

/** One more name, in the directory that the method is called with. */
export interface LinkRequest {
  readonly node: number;
  readonly newName: string;
}

/** What to change. What is `undefined` stays. */
export interface SetAttributesRequest {
  readonly mode: number | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly size: number | undefined;
  readonly atime: Time | 'now' | undefined;
  readonly mtime: Time | 'now' | undefined;
  /** Only with the feature `writeback`. */
  readonly ctime: Time | undefined;
  /** The open file through which it is done, by ftruncate(2). */
  readonly handle: number | undefined;
  /** With the feature `killPrivileges`: take away set-user-id, and set-group-id where the group may execute. */
  readonly killSuidGid: boolean;
}

/** An open. `flags` are those of open(2), without O_CREAT, O_EXCL and O_NOCTTY. */
export interface OpenRequest {
  readonly flags: number;
  readonly killSuidGid: boolean;
}

/** A file that is made and opened. `flags` are those of open(2). */
export interface CreateRequest extends MakeRequest, OpenRequest {}

/** How an open file is to be treated. Everything that is not said is `false`. */
export interface OpenAnswer {
  /** What later requests name it by; any number below 2^53. */
  readonly handle: number;
  /** Pages of an earlier open are still right. Without it every open drops them. */
  readonly keepCache?: boolean;
  /** No page cache: each read and write comes here as it is. */
  readonly directIo?: boolean;
  /** Beside `directIo`: writes to one file may come at once. */
  readonly parallelDirectWrites?: boolean;
  readonly nonSeekable?: boolean;
  /** No file position at all. */
  readonly stream?: boolean;
  /** Of a directory: the kernel may remember its listing. */
  readonly cacheDirectory?: boolean;
  /** Closing does not write dirty pages back and sends no FLUSH. */
  readonly noFlush?: boolean;
  /** From `Session.openBacking`: the kernel itself reads and writes that file. One node has one backing id at a time. */
  readonly backingId?: number;
}

/** A read. */
export interface ReadRequest {
  readonly handle: number;
  readonly offset: number;
  readonly size: number;
  /** Of open(2), as fcntl(2) may have changed them. */
  readonly flags: number;
  /** Has room for `size` bytes at its start (and is longer). Fill it and answer how many, or answer bytes of your own. */
  readonly into: Buffer;
}

/** A write. */
export interface WriteRequest {
  readonly handle: number;
  readonly offset: number;
  /** Good until the answer is given: until a promise is settled, too. */
  readonly data: Buffer;
  readonly flags: number;
  /** It comes from the page cache: the handle is one of those that could write it, the context's owner is nobody. */
  readonly fromCache: boolean;
  readonly killSuidGid: boolean;
}

/** The last close of an open file or directory. Nobody waits for the answer. */
export interface ReleaseRequest {
  readonly handle: number;
  readonly flags: number;
  /** Names the owner of locks that are to go; only for a file with remote locks. */
  readonly lockOwner: bigint;
  /** Drop its flock(2) locks. */
  readonly unlockFlock: boolean;
}

/** A close of one descriptor. */
export interface FlushRequest {
  readonly handle: number;
  readonly lockOwner: bigint;
}

/** An fsync(2) of a file or directory. */
export interface SyncRequest {
  readonly handle: number;
  /** fdatasync(2): data only. */
  readonly dataOnly: boolean;
}

/** An extended attribute to set. */
export interface SetXattrRequest {
  readonly name: string;
  /** Good until the answer is given. */
  readonly value: Buffer;
  /** XATTR_CREATE: fail with EEXIST where it is there. */
  readonly create: boolean;
  /** XATTR_REPLACE: fail with ENODATA where it is not there. */
  readonly replace: boolean;
  /** With the feature `posixAcl`: this ACL takes the set-group-id bit away. */
  readonly killSgid: boolean;
}

/** A byte-range lock as struct flock has it. */
export interface FileLock {
  readonly type: 'read' | 'write' | 'unlock';
  readonly start: bigint;
  /** The last byte; 2^63 - 1 for the end of the file. */
  readonly end: bigint;
  /** Of the process that has it. */
  readonly pid: number;
}

/** A lock to be tested or set. */
export interface LockRequest {
  readonly handle: number;
  /** The same for all descriptors that share locks. */
  readonly owner: bigint;
  readonly lock: FileLock;
  /** It is flock(2): the whole file, whatever the range says. */
  readonly flock: boolean;
  /** Of `setlk`: answer by a promise once it can be had (and look at the context's signal), instead of failing with EAGAIN. */
  readonly wait: boolean;
}

/** A fallocate(2). */
export interface AllocateRequest {
  readonly handle: number;
  readonly offset: number;
  readonly length: number;
  /** FALLOC_FL_*: 1 keep size, 2 punch hole, 16 zero range … */
  readonly mode: number;
}

/** An lseek(2) with SEEK_DATA or SEEK_HOLE; the kernel does the others itself. */
export interface SeekRequest {
  readonly handle: number;
  readonly offset: number;
  readonly whence: 'data' | 'hole';
}

/** A copy_file_range(2) between two files of this mount. */
export interface CopyRangeRequest {
  readonly handle: number;
  readonly offset: number;
  readonly toNode: number;
  readonly toHandle: number;
  readonly toOffset: number;
  readonly length: number;
}

/** An ioctl(2) whose number says how much data goes in and out. */
export interface IoctlRequest {
  readonly handle: number;
  readonly command: number;
  /** The third argument as a number: where the data lies in the caller's memory. */
  readonly argument: bigint;
  /** Good until the answer is given. */
  readonly data: Buffer;
  /** At most so many bytes may go back. */
  readonly outSize: number;
  readonly directory: boolean;
}

/** The answer to an ioctl. */
export interface IoctlAnswer {
  /** What ioctl(2) returns. */
  readonly result: number;
  readonly data?: Uint8Array;
}

/** What statfs(2) tells, sizes in blocks of `blockSize`. */
export interface FilesystemStatistics {
  readonly blocks: number;
  readonly freeBlocks: number;
  /** Free for users that are not root. */
  readonly availableBlocks: number;
  readonly files: number;
  readonly freeFiles: number;
  readonly blockSize: number;
  /** Where it differs from `blockSize`. */
  readonly fragmentSize?: number;
  /** The longest name in bytes. */
  readonly nameLength: number;
}
