import { closeSync, constants, openSync } from 'node:fs';
import { StorageError } from '@graphdriver/core';
import { ownedCString } from './c-string.ts';
import { errnoError, isErrno } from './errno.ts';
import { faultPoint } from './fault-point.ts';
import type { FilePath } from './file-path.ts';
import { lastErrno, libc, SYSCALL_NUMBERS } from './libc.ts';

const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;
const O_WRITES = constants.O_WRONLY | constants.O_RDWR | constants.O_CREAT;

const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_NO_SYMLINKS = 0x04;
const RESOLVE_IN_ROOT = 0x10;

const EAGAIN = 11;
const ENOSYS = 38;
/** The kernel gives up where somebody renames directories meanwhile; it is then to be asked again. */
const MOST_TRIES = 1000;

/** How {@link openInRoot} goes. */
export interface InRootOptions {
  /**
   * `follow`: links on the way and at the end lead on inside the root, as in a chroot; O_NOFOLLOW leaves the last one alone.
   * `refuse`: a link anywhere is ELOOP. `follow` unless told.
   */
  readonly links?: 'follow' | 'refuse';
  /** Permissions of a file that is made, less those of the umask. */
  readonly mode?: number;
}

const how = Buffer.alloc(24);

/** Opens a directory as the root of what {@link openInRoot} does. To be closed. */
export function openRoot(path: FilePath): number {
  return openSync(path, O_PATH | constants.O_DIRECTORY);
}

/**
 * Opens a path as a process would whose root directory is `root`, a descriptor: absolute links begin there, `..` ends there, and whatever
 * others rename meanwhile, nothing outside is reached. Children do not inherit the descriptor. One openat2(2), 3 µs.
 *
 * @throws the errno error; {StorageError} `PREREQUISITE_MISSING` before Linux 5.6
 */
export function openInRoot(root: number, path: FilePath, flags: number, options: InRootOptions = {}): number {
  if ((flags & O_WRITES) !== 0) faultPoint('open', path);
  how.writeBigUInt64LE(BigInt(flags | O_CLOEXEC), 0);
  how.writeBigUInt64LE(BigInt((flags & constants.O_CREAT) === 0 ? 0 : (options.mode ?? 0o600)), 8);
  const links = options.links === 'refuse' ? RESOLVE_NO_SYMLINKS : 0;
  how.writeBigUInt64LE(BigInt(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | links), 16);
  const name = ownedCString(path.length === 0 ? '.' : path);
  for (let tries = 1; ; tries += 1) {
    const fd = libc().openat2(SYSCALL_NUMBERS.openat2, root, name, how, how.length);
    if (fd >= 0) return fd;
    const errno = lastErrno();
    if (errno === EAGAIN && tries < MOST_TRIES) continue;
    if (errno === ENOSYS) throw tooOld();
    throw errnoError('openat2', errno, path);
  }
}

/** The same, but `undefined` where there is nothing of that name. */
export function openInRootIfAny(
  root: number,
  path: FilePath,
  flags: number,
  options?: InRootOptions,
): number | undefined {
  try {
    return openInRoot(root, path, flags, options);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** Lends a descriptor of a directory as a root. */
export async function withRoot<T>(path: FilePath, use: (root: number) => Promise<T> | T): Promise<T> {
  const root = openRoot(path);
  try {
    return await use(root);
  } finally {
    closeSync(root);
  }
}

function tooOld(): StorageError {
  return new StorageError('PREREQUISITE_MISSING', 'This kernel cannot open a path inside another root (openat2).', {
    hint: 'Use Linux 5.6 or later.',
  });
}
