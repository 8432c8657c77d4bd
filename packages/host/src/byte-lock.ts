import { hash } from 'node:crypto';
import { errnoError } from './errno.ts';
import { lastErrno, libc } from './libc.ts';

// "Open file description" locks (fcntl_locking(2)): they belong to the descriptor, not to the process, so that closing another
// descriptor of the same file does not lose them, and the kernel drops them when the process ends in whatever way.
const F_OFD_GETLK = 36;
const F_OFD_SETLK = 37;
const F_WRLCK = 1;
const F_UNLCK = 2;
const EACCES = 13;
const EAGAIN = 11;

const flock = Buffer.alloc(32);

// Programs lock the same few keys again and again, and a digest costs more than the system call.
const known = new Map<string, bigint>();
const REMEMBERED = 1_000;

/** The byte that stands for `key`: 62 bits of its SHA-256, so that two keys never meet. */
export function lockOffset(key: string): bigint {
  const found = known.get(key);
  if (found !== undefined) return found;
  const offset = hash('sha256', key, 'buffer').readBigUInt64LE(0) & 0x3fff_ffff_ffff_ffffn;
  if (known.size >= REMEMBERED) known.clear();
  known.set(key, offset);
  return offset;
}

/** Locks the byte for this descriptor alone; false where another descriptor has it. */
export function tryLock(fd: number, offset: bigint): boolean {
  if (libc().fcntl(fd, F_OFD_SETLK, describe(F_WRLCK, offset)) >= 0) return true;
  const errno = lastErrno();
  if (errno === EAGAIN || errno === EACCES) return false;
  throw errnoError('fcntl', errno);
}

/** Gives the byte back. */
export function unlock(fd: number, offset: bigint): void {
  if (libc().fcntl(fd, F_OFD_SETLK, describe(F_UNLCK, offset)) < 0) throw errnoError('fcntl', lastErrno());
}

/** Tells whether another descriptor, of this process or another, has the byte. */
export function isLockedByOther(fd: number, offset: bigint): boolean {
  if (libc().fcntl(fd, F_OFD_GETLK, describe(F_WRLCK, offset)) < 0) throw errnoError('fcntl', lastErrno());
  return flock.readInt16LE(0) !== F_UNLCK;
}

/** `struct flock` of 64-bit Linux: type, whence, start, length, pid (which must be 0 here). */
function describe(type: number, offset: bigint): Buffer {
  flock.fill(0);
  flock.writeInt16LE(type, 0);
  flock.writeBigUInt64LE(offset, 8);
  flock.writeBigUInt64LE(1n, 16);
  return flock;
}
