import { lchownSync, linkSync, mkdirSync, renameSync, rmdirSync, symlinkSync, unlinkSync } from 'node:fs';
import { cString } from './c-string.ts';
import { errnoError } from './errno.ts';
import { faultPoint } from './fault-point.ts';
import type { FilePath } from './file-path.ts';
import { type FileTimes, timespecs } from './file-times.ts';
import { AT_FDCWD, checked, lastErrno, libc, SYSCALL_NUMBERS } from './libc.ts';

const AT_SYMLINK_NOFOLLOW = 0x100;
const RENAME_NOREPLACE = 1;
const RENAME_EXCHANGE = 2;
const ENOSYS = 38;

/** Makes a directory with exactly `mode`, whatever the umask, or nothing. Fails with EEXIST where anything has the name. */
export function makeDirectory(path: FilePath, mode = 0o755): void {
  faultPoint('mkdir', path);
  mkdirSync(path, mode);
  try {
    changeMode(path, mode);
  } catch (error) {
    rmdirSync(path);
    throw error;
  }
}

/**
 * Makes a directory as the kernel does: the umask takes its bits from `mode`, and a parent with the set-group-id bit gives that one too.
 * For who sets the mode afterwards.
 */
export function createDirectory(path: FilePath, mode: number): void {
  faultPoint('mkdir', path);
  mkdirSync(path, mode);
}

/** Removes an empty directory: ENOTEMPTY, ENOTDIR, EBUSY for a mount point. */
export function removeDirectory(path: FilePath): void {
  faultPoint('rmdir', path);
  rmdirSync(path);
}

/** Renames, replacing what has the name `to`. Atomic. */
export function renameFile(from: FilePath, to: FilePath): void {
  faultPoint('rename', from);
  renameSync(from, to);
}

/** Renames, failing with EEXIST where anything has the name `to`. Atomic. */
export function renameNoReplace(from: FilePath, to: FilePath): void {
  renameWith(from, to, RENAME_NOREPLACE);
}

/** Swaps two names, which may be of different types. Atomic. Fails with EINVAL where the file system cannot. */
export function exchangeFiles(a: FilePath, b: FilePath): void {
  renameWith(a, b, RENAME_EXCHANGE);
}

function renameWith(from: FilePath, to: FilePath, flags: number): void {
  faultPoint('rename', from);
  checked('renameat2', libc().renameat2(AT_FDCWD, cString(from), AT_FDCWD, cString(to), flags), from);
}

/** Removes a name of anything but a directory. */
export function unlinkFile(path: FilePath): void {
  faultPoint('unlink', path);
  unlinkSync(path);
}

/** Makes a symbolic link whose content is the bytes of `target`. */
export function makeSymlink(target: FilePath, path: FilePath): void {
  faultPoint('symlink', path);
  symlinkSync(target, path);
}

/** Gives `existing` one more name. A symbolic link is not followed but gets another name itself. */
export function makeHardLink(existing: FilePath, path: FilePath): void {
  faultPoint('link', path);
  linkSync(existing, path);
}

/**
 * Makes a device, fifo, socket or empty file. `mode` has the type bits (`S_IFCHR` and so on) and loses those of the umask;
 * `rdev` comes from `makedev` and is 0 for what is no device.
 */
export function makeNode(path: FilePath, mode: number, rdev: number): void {
  faultPoint('mknod', path);
  checked('mknod', libc().mknod(cString(path), mode, rdev), path);
}

let hasFchmodat2 = true;

/** Sets permission, set-id and sticky bits. Fails with ENOTSUP on a symbolic link, which has none. */
export function changeMode(path: FilePath, mode: number): void {
  faultPoint('chmod', path);
  const calls = libc();
  if (hasFchmodat2) {
    if (calls.fchmodat2(SYSCALL_NUMBERS.fchmodat2, AT_FDCWD, cString(path), mode, AT_SYMLINK_NOFOLLOW) >= 0) return;
    const errno = lastErrno();
    if (errno !== ENOSYS) throw errnoError('chmod', errno, path);
    // Before Linux 6.6 libc does it with three calls and /proc.
    hasFchmodat2 = false;
  }
  checked('chmod', calls.fchmodat(AT_FDCWD, cString(path), mode, AT_SYMLINK_NOFOLLOW), path);
}

/** Sets the owner, of a symbolic link itself too. The kernel takes set-id bits away: set the mode afterwards. */
export function changeOwner(path: FilePath, uid: number, gid: number): void {
  faultPoint('chown', path);
  lchownSync(path, uid, gid);
}

/** Sets times to the nanosecond, of a symbolic link itself too. */
export function setTimes(path: FilePath, times: FileTimes): void {
  faultPoint('utimens', path);
  checked('utimensat', libc().utimensat(AT_FDCWD, cString(path), timespecs(times), AT_SYMLINK_NOFOLLOW), path);
}
