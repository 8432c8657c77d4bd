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

const HASH_PRIMES = [0x85ebca77, 0xc2b2ae3d] as const;

/**
 * The byte that stands for `key`: 62 bits of a hash, so that two of a million keys meet once in ten million roots, and then only wait
 * for each other. Every process must come to the same byte, also one of another release.
 *
 * A digest of the crypto library costs 16 µs, more than the lock itself; this one costs 1.
 */
export function lockOffset(key: string): bigint {
  let [low, high] = [0x9e3779b9, 0x243f6a88];
  for (let index = 0; index < key.length; index += 1) {
    const unit = key.charCodeAt(index);
    low = Math.imul(low ^ unit, HASH_PRIMES[0]);
    high = Math.imul(high ^ unit, HASH_PRIMES[1]);
    low ^= high >>> 15;
    high ^= low >>> 13;
  }
  low = Math.imul(low ^ (low >>> 16), HASH_PRIMES[1]) ^ Math.imul(high ^ (high >>> 13), HASH_PRIMES[0]);
  high = Math.imul(high ^ (high >>> 16), HASH_PRIMES[0]) ^ Math.imul(low ^ (low >>> 13), HASH_PRIMES[1]);
  return ((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)) & 0x3fff_ffff_ffff_ffffn;
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
