import { closeSync, constants, openSync } from 'node:fs';
import { faultPoint } from './fault-point.ts';
import type { FilePath } from './file-path.ts';
import { checked, libc } from './libc.ts';

const GET_FLAGS = 0x80086601;
const SET_FLAGS = 0x40086602;
const IMMUTABLE = 0x10;
const APPEND = 0x20;

/**
 * Takes `chattr +i` and `+a` from a regular file or directory, which otherwise cannot be removed even by root.
 * False where it had neither, or its file system knows no such flags.
 */
export function clearProtection(path: FilePath): boolean {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const flags = Buffer.alloc(8);
    if (libc().ioctl(fd, GET_FLAGS, flags) < 0) return false;
    const before = flags.readUInt32LE(0);
    if ((before & (IMMUTABLE | APPEND)) === 0) return false;
    faultPoint('setflags', path);
    flags.writeUInt32LE((before & ~(IMMUTABLE | APPEND)) >>> 0, 0);
    checked('setflags', libc().ioctl(fd, SET_FLAGS, flags), path);
    return true;
  } finally {
    closeSync(fd);
  }
}
