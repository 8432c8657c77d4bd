/**
 * Numbers of the protocol between the kernel and this server, from include/uapi/linux/fuse.h: up to 7.38 as Linux 6.1 has it, and
 * beyond that 7.39 (Linux 6.6), 7.40 (6.9: passthrough, resend), 7.41 (6.12: id-mapped mounts), 7.43 (6.14: request time limit),
 * 7.44 (6.16: epochs) and 7.45 (6.18: COPY_FILE_RANGE_64, pruning). All numbers are in the machine's byte order; we only know little-endian ones.
 */
export const MAJOR = 7;
/** The newest minor version that this package knows. */
export const MINOR = 45;
/** The oldest that it can speak to: Linux 5.4. */
export const OLDEST_MINOR = 31;

/** Sizes of struct fuse_in_header and struct fuse_out_header. */
export const IN_HEADER = 40;
export const OUT_HEADER = 16;

/** What a request asks for. */
export const OPCODES = {
  LOOKUP: 1,
  FORGET: 2,
  GETATTR: 3,
  SETATTR: 4,
  READLINK: 5,
  SYMLINK: 6,
  MKNOD: 8,
  MKDIR: 9,
  UNLINK: 10,
  RMDIR: 11,
  RENAME: 12,
  LINK: 13,
  OPEN: 14,
  READ: 15,
  WRITE: 16,
  STATFS: 17,
  RELEASE: 18,
  FSYNC: 20,
  SETXATTR: 21,
  GETXATTR: 22,
  LISTXATTR: 23,
  REMOVEXATTR: 24,
  FLUSH: 25,
  INIT: 26,
  OPENDIR: 27,
  READDIR: 28,
  RELEASEDIR: 29,
  FSYNCDIR: 30,
  GETLK: 31,
  SETLK: 32,
  SETLKW: 33,
  ACCESS: 34,
  CREATE: 35,
  INTERRUPT: 36,
  BMAP: 37,
  DESTROY: 38,
  IOCTL: 39,
  POLL: 40,
  NOTIFY_REPLY: 41,
  BATCH_FORGET: 42,
  FALLOCATE: 43,
  READDIRPLUS: 44,
  RENAME2: 45,
  LSEEK: 46,
  COPY_FILE_RANGE: 47,
  SETUPMAPPING: 48,
  REMOVEMAPPING: 49,
  SYNCFS: 50,
  TMPFILE: 51,
  STATX: 52,
  COPY_FILE_RANGE_64: 53,
} as const;

/** The name of an opcode. */
export type Operation = keyof typeof OPCODES;

const names = new Map<number, Operation>(
  // Object.entries loses the keys' type.
  (Object.entries(OPCODES) as [Operation, number][]).map(([name, opcode]) => [opcode, name]),
);

/** The name of `opcode`, or its number in words where this package does not know it. */
export function operationName(opcode: number): Operation | `OPCODE_${number}` {
  return names.get(opcode) ?? `OPCODE_${opcode}`;
}

/** What the server tells the kernel without being asked. */
export const NOTIFICATIONS = {
  INVAL_INODE: 2,
  INVAL_ENTRY: 3,
  STORE: 4,
  DELETE: 6,
  RESEND: 7,
  INC_EPOCH: 8,
  PRUNE: 9,
} as const;

/** Bits of INIT, each a power of two that may be beyond 32 bits: the upper half travels in a field of its own. */
export const INIT_FLAGS = {
  ASYNC_READ: 0x1,
  POSIX_LOCKS: 0x2,
  ATOMIC_O_TRUNC: 0x8,
  EXPORT_SUPPORT: 0x10,
  BIG_WRITES: 0x20,
  DONT_MASK: 0x40,
  FLOCK_LOCKS: 0x400,
  HAS_IOCTL_DIR: 0x800,
  AUTO_INVAL_DATA: 0x1000,
  DO_READDIRPLUS: 0x2000,
  READDIRPLUS_AUTO: 0x4000,
  ASYNC_DIO: 0x8000,
  WRITEBACK_CACHE: 0x10000,
  NO_OPEN_SUPPORT: 0x20000,
  PARALLEL_DIROPS: 0x40000,
  POSIX_ACL: 0x100000,
  ABORT_ERROR: 0x200000,
  MAX_PAGES: 0x400000,
  CACHE_SYMLINKS: 0x800000,
  NO_OPENDIR_SUPPORT: 0x1000000,
  EXPLICIT_INVAL_DATA: 0x2000000,
  HANDLE_KILLPRIV_V2: 0x10000000,
  SETXATTR_EXT: 0x20000000,
  INIT_EXT: 0x40000000,
  HAS_EXPIRE_ONLY: 0x800000000,
  DIRECT_IO_ALLOW_MMAP: 0x1000000000,
  PASSTHROUGH: 0x2000000000,
  NO_EXPORT_SUPPORT: 0x4000000000,
  HAS_RESEND: 0x8000000000,
  ALLOW_IDMAP: 0x10000000000,
  REQUEST_TIMEOUT: 0x40000000000,
} as const;

/** The name of a bit of INIT. */
export type InitFlag = keyof typeof INIT_FLAGS;
