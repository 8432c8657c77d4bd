import { closeSync, constants, openSync } from 'node:fs';
import type { FilePath } from './file-path.ts';
import { checked, libc } from './libc.ts';

// linux/fiemap.h
const FS_IOC_FIEMAP = 0xc020660b;
const HEADER = 32;
const EXTENT = 56;
const EXTENTS_PER_CALL = 256;
const FLAG_SYNC = 1;
const EXTENT_LAST = 0x1;
const EXTENT_SHARED = 0x2000;

const buffer = Buffer.allocUnsafeSlow(HEADER + EXTENT * EXTENTS_PER_CALL);

/** Bytes of a regular file whose blocks other files, or other places of the same file, have too. */
export function sharedBytes(path: FilePath): number {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    // What waits to be written can only make less of it shared: a file that shares nothing need not be written back.
    return sharedBytesOf(fd, path, 0) === 0 ? 0 : sharedBytesOf(fd, path, FLAG_SYNC);
  } finally {
    closeSync(fd);
  }
}

function sharedBytesOf(fd: number, path: FilePath, flags: number): number {
  let shared = 0n;
  for (let start = 0n; ; ) {
    buffer.fill(0, 0, HEADER);
    buffer.writeBigUInt64LE(start, 0);
    buffer.writeBigUInt64LE(0xffff_ffff_ffff_ffffn - start, 8);
    buffer.writeUInt32LE(flags, 16);
    buffer.writeUInt32LE(EXTENTS_PER_CALL, 24);
    checked('fiemap', libc().ioctl(fd, FS_IOC_FIEMAP, buffer), path);
    const mapped = buffer.readUInt32LE(20);
    if (mapped === 0) return Number(shared);
    for (let index = 0; index < mapped; index += 1) {
      const at = HEADER + index * EXTENT;
      const length = buffer.readBigUInt64LE(at + 16);
      const kind = buffer.readUInt32LE(at + 40);
      if ((kind & EXTENT_SHARED) !== 0) shared += length;
      if ((kind & EXTENT_LAST) !== 0) return Number(shared);
      start = buffer.readBigUInt64LE(at) + length;
    }
  }
}
