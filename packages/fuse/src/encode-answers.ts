import { lockNumber } from './decode-files.ts';
import { encodeEntry } from './encode-attributes.ts';
import type { CreateAnswer } from './file-system.ts';
import { OUT_HEADER } from './protocol.ts';
import type { Reply } from './reply.ts';
import type { FileLock, FilesystemStatistics, IoctlAnswer, OpenAnswer } from './requests.ts';

const FOPEN = {
  DIRECT_IO: 1,
  KEEP_CACHE: 2,
  NONSEEKABLE: 4,
  CACHE_DIR: 8,
  STREAM: 16,
  NOFLUSH: 32,
  PARALLEL_DIRECT_WRITES: 64,
  PASSTHROUGH: 128,
} as const;

// The kernel fails an open with EIO where any other flag stands beside it (FOPEN_PASSTHROUGH_MASK in fs/fuse/iomode.c).
const BESIDE_PASSTHROUGH = FOPEN.DIRECT_IO | FOPEN.NOFLUSH | FOPEN.PARALLEL_DIRECT_WRITES;

/** Writes struct fuse_open_out at `offset`. */
export function encodeOpen(reply: Reply, offset: number, answer: OpenAnswer): number {
  let flags = answer.keepCache === true ? FOPEN.KEEP_CACHE : 0;
  if (answer.directIo === true) flags |= FOPEN.DIRECT_IO;
  if (answer.nonSeekable === true) flags |= FOPEN.NONSEEKABLE;
  if (answer.cacheDirectory === true) flags |= FOPEN.CACHE_DIR;
  if (answer.stream === true) flags |= FOPEN.STREAM;
  if (answer.noFlush === true) flags |= FOPEN.NOFLUSH;
  if (answer.parallelDirectWrites === true) flags |= FOPEN.PARALLEL_DIRECT_WRITES;
  if (answer.backingId !== undefined) flags = (flags & BESIDE_PASSTHROUGH) | FOPEN.PASSTHROUGH;
  reply.u64(offset, answer.handle);
  reply.u32(offset + 8, flags);
  reply.u32(offset + 12, answer.backingId ?? 0);
  return offset + 16;
}

/** Writes what CREATE and TMPFILE answer: an entry and an open file. */
export function encodeCreate(reply: Reply, offset: number, answer: CreateAnswer): number {
  return encodeOpen(reply, encodeEntry(reply, offset, answer.entry), answer.open);
}

/** Writes a number and padding: struct fuse_write_out, fuse_getxattr_out. */
export function encodeSize(reply: Reply, offset: number, size: number): number {
  reply.u32(offset, size);
  reply.u32(offset + 4, 0);
  return offset + 8;
}

/** Writes one 64-bit number: struct fuse_lseek_out, fuse_copy_file_range_out. */
export function encodeOffset(reply: Reply, offset: number, value: number): number {
  reply.u64(offset, value);
  return offset + 8;
}

// Copying less than this costs less than a system call of several pieces.
const COPIED = 16_384;

/** Writes bytes, or attaches them where they are many. */
export function encodeBytes(reply: Reply, offset: number, bytes: Uint8Array): number {
  if (bytes.length <= COPIED) return reply.copy(offset, bytes);
  reply.attached = bytes;
  return offset;
}

/** Writes struct fuse_statfs_out. */
export function encodeStatistics(reply: Reply, offset: number, answer: FilesystemStatistics): number {
  reply.u64(offset, answer.blocks);
  reply.u64(offset + 8, answer.freeBlocks);
  reply.u64(offset + 16, answer.availableBlocks);
  reply.u64(offset + 24, answer.files);
  reply.u64(offset + 32, answer.freeFiles);
  reply.u32(offset + 40, answer.blockSize);
  reply.u32(offset + 44, answer.nameLength);
  reply.u32(offset + 48, answer.fragmentSize ?? answer.blockSize);
  reply.bytes.fill(0, offset + 52, offset + 80);
  return offset + 80;
}

/** Writes struct fuse_lk_out. */
export function encodeLock(reply: Reply, offset: number, lock: FileLock): number {
  reply.big(offset, lock.start);
  reply.big(offset + 8, lock.end);
  reply.u32(offset + 16, lockNumber(lock.type));
  reply.u32(offset + 20, lock.pid);
  return offset + 24;
}

/** Writes struct fuse_ioctl_out and what goes back. */
export function encodeIoctl(reply: Reply, offset: number, answer: IoctlAnswer): number {
  reply.u32(offset, answer.result);
  reply.bytes.fill(0, offset + 4, offset + 16);
  return answer.data === undefined ? offset + 16 : reply.copy(offset + 16, answer.data);
}

/** Writes names, each with a NUL behind it, as listxattr(2) has them. `undefined`: more than `limit` bytes. */
export function encodeNames(reply: Reply, offset: number, names: readonly string[], limit: number): number | undefined {
  if (namesSize(names) > limit) return undefined;
  let end = offset;
  for (const name of names) end = reply.text(end, `${name}\0`);
  return end;
}

/** How many bytes {@link encodeNames} writes. */
export function namesSize(names: readonly string[]): number {
  return names.reduce((sum, name) => sum + name.length + 1, 0);
}

/** Where answers begin. */
export const START: number = OUT_HEADER;
