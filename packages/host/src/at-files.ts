import { errnoError } from './errno.ts';
import { faultPoint, faultPointAt } from './fault-point.ts';
import { AT_FDCWD, checked, lastErrno, libc, SYSCALL_NUMBERS } from './libc.ts';

/*
 * Files by the descriptor of their directory and their name in it.
 *
 * `directory` is an open directory, O_PATH is enough; `name` is one component, one character per byte (latin1). The name `''` stands
 * for the descriptor's own file, which may be anything that can be opened, also without a name on the disk.
 * No symbolic link is ever followed. Every call is synchronous and costs what the system call costs and half a microsecond.
 */

const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_REMOVEDIR = 0x200;
const AT_SYMLINK_FOLLOW = 0x400;
const AT_EMPTY_PATH = 0x1000;
const O_NOFOLLOW = 0o400000;
const O_CLOEXEC = 0o2000000;
const O_WRITES = 0o1 | 0o2 | 0o100;
const EBADF = 9;
const EINVAL = 22;
const ENOSYS = 38;
const ENOTSUP = 95;
const ENODATA = 61;

/** How {@link renameAt} treats what has the new name. Each is atomic. */
export type RenameManner = 'replace' | 'no-replace' | 'exchange' | 'leave-whiteout';

const RENAME_FLAGS: Readonly<Record<RenameManner, number>> = {
  replace: 0,
  'no-replace': 1,
  exchange: 2,
  'leave-whiteout': 4,
};

// Long enough for the longest name behind `/proc/self/fd/N/`, and for the longest target of a symbolic link.
const SCRATCH_SIZE = 4200;
const scratch = [0, 1, 2, 3].map(() => Buffer.allocUnsafe(SCRATCH_SIZE));
const spare = Buffer.allocUnsafe(SCRATCH_SIZE);
let turn = 0;

/** The name as a C string for one call: the memory is used again four calls later. */
function nameString(name: string): Buffer {
  if (name.length >= SCRATCH_SIZE) throw errnoError('open', 36);
  if (name.includes('\0')) throw new TypeError('A name must not hold a NUL byte.');
  turn = (turn + 1) & 3;
  const buffer = scratch[turn] ?? spare;
  buffer[buffer.write(name, 0, 'latin1')] = 0;
  return buffer;
}

/** A path that leads to the file through the descriptor, for calls that take nothing but paths. */
function procPath(directory: number, name: string): Buffer {
  return nameString(name === '' ? `/proc/self/fd/${directory}` : `/proc/self/fd/${directory}/${name}`);
}

function shown(name: string): Buffer {
  return Buffer.from(name, 'latin1');
}

/** As `checked`: bytes of the name, which a million successes have no use for, are made for an error only. */
function done(call: string, result: number, name: string): number {
  if (result < 0) throw errnoError(call, lastErrno(), shown(name));
  return result;
}

/** Opens with `flags` of open(2); children do not inherit it. With the name `''` opens the descriptor's own file once more. */
export function openAt(directory: number, name: string, flags: number, mode = 0): number {
  if ((flags & O_WRITES) !== 0) faultPointAt('open', name);
  const calls = libc();
  const result =
    name === ''
      ? calls.openat(AT_FDCWD, procPath(directory, ''), flags | O_CLOEXEC, mode)
      : calls.openat(directory, nameString(name), flags | O_CLOEXEC | O_NOFOLLOW, mode);
  return done('open', result, name);
}

/** Makes a directory; the umask takes its bits from `mode`. */
export function makeDirectoryAt(directory: number, name: string, mode: number): void {
  faultPointAt('mkdir', name);
  done('mkdirat', libc().mkdirat(directory, nameString(name), mode), name);
}

/** Makes a device, fifo, socket or empty file; the umask takes its bits from `mode`. */
export function makeNodeAt(directory: number, name: string, mode: number, rdev: number): void {
  faultPointAt('mknod', name);
  done('mknodat', libc().mknodat(directory, nameString(name), mode, rdev), name);
}

/** Makes a symbolic link whose content is the bytes of `target`. */
export function makeSymlinkAt(target: string, directory: number, name: string): void {
  faultPointAt('symlink', name);
  done('symlinkat', libc().symlinkat(nameString(target), directory, nameString(name)), name);
}

const linkBuffer = Buffer.allocUnsafe(4096);

/** What a symbolic link says, one character per byte. */
export function readLinkAt(directory: number, name: string): string {
  const length = libc().readlinkat(directory, nameString(name), linkBuffer, linkBuffer.length);
  return linkBuffer.toString('latin1', 0, done('readlinkat', length, name));
}

/** Gives a file one more name. With the `from` name `''` it may be one without any (O_TMPFILE). */
export function makeHardLinkAt(fromDirectory: number, from: string, toDirectory: number, to: string): void {
  faultPointAt('link', to);
  const calls = libc();
  const result =
    from === ''
      ? calls.linkat(AT_FDCWD, procPath(fromDirectory, ''), toDirectory, nameString(to), AT_SYMLINK_FOLLOW)
      : calls.linkat(fromDirectory, nameString(from), toDirectory, nameString(to), 0);
  done('linkat', result, to);
}

/** Removes a name of anything but a directory. */
export function unlinkAt(directory: number, name: string): void {
  faultPointAt('unlink', name);
  done('unlinkat', libc().unlinkat(directory, nameString(name), 0), name);
}

/** Removes an empty directory. */
export function removeDirectoryAt(directory: number, name: string): void {
  faultPointAt('rmdir', name);
  done('unlinkat', libc().unlinkat(directory, nameString(name), AT_REMOVEDIR), name);
}

/** Renames. */
export function renameAt(
  fromDirectory: number,
  from: string,
  toDirectory: number,
  to: string,
  manner: RenameManner = 'replace',
): void {
  faultPointAt('rename', from);
  const flags = RENAME_FLAGS[manner];
  const result = libc().renameat2(fromDirectory, nameString(from), toDirectory, nameString(to), flags);
  done('renameat2', result, from);
}

let hasFchmodat2 = true;

/** Sets permission, set-id and sticky bits. Fails with ENOTSUP on a symbolic link. */
export function changeModeAt(directory: number, name: string, mode: number): void {
  faultPointAt('chmod', name);
  const calls = libc();
  if (hasFchmodat2) {
    const number = SYSCALL_NUMBERS.fchmodat2;
    const flags = name === '' ? AT_EMPTY_PATH : AT_SYMLINK_NOFOLLOW;
    if (calls.fchmodat2(number, directory, nameString(name), mode, flags) >= 0) return;
    const errno = lastErrno();
    if (errno !== ENOSYS) throw errnoError('chmod', errno, shown(name));
    hasFchmodat2 = false;
  }
  const result =
    name === ''
      ? calls.fchmodat(AT_FDCWD, procPath(directory, ''), mode, 0)
      : calls.fchmodat(directory, nameString(name), mode, AT_SYMLINK_NOFOLLOW);
  done('chmod', result, name);
}

/** Sets the owner, of a symbolic link itself too; -1 leaves one as it is. The kernel takes set-id bits away. */
export function changeOwnerAt(directory: number, name: string, uid: number, gid: number): void {
  faultPointAt('chown', name);
  const flags = name === '' ? AT_EMPTY_PATH : AT_SYMLINK_NOFOLLOW;
  // The id 2^32 - 1, which is the C call's -1, is no id.
  done('chown', libc().fchownat(directory, nameString(name), uid >>> 0, gid >>> 0, flags), name);
}

/** A time to be set: whole seconds since 1970 and the nanoseconds beyond, the present, or (`undefined`) none. */
export type TimeAt = { readonly seconds: number; readonly nanoseconds: number } | 'now' | undefined;

const UTIME_NOW = 0x3fffffff;
const UTIME_OMIT = 0x3ffffffe;
const times = Buffer.alloc(32);
const timeFields = new BigInt64Array(times.buffer, times.byteOffset, 4);

function writeTime(index: number, time: TimeAt): void {
  if (time === undefined || time === 'now') {
    timeFields[index] = 0n;
    timeFields[index + 1] = BigInt(time === 'now' ? UTIME_NOW : UTIME_OMIT);
    return;
  }
  timeFields[index] = BigInt(time.seconds);
  timeFields[index + 1] = BigInt(time.nanoseconds);
}

let hasEmptyPathTimes = true;

/** Sets times to the nanosecond, of a symbolic link itself too. */
export function setTimesAt(directory: number, name: string, atime: TimeAt, mtime: TimeAt): void {
  faultPointAt('utimens', name);
  writeTime(0, atime);
  writeTime(2, mtime);
  const calls = libc();
  if (name !== '') {
    done('utimensat', calls.utimensat(directory, nameString(name), times, AT_SYMLINK_NOFOLLOW), name);
    return;
  }
  if (hasEmptyPathTimes) {
    if (calls.utimensat(directory, nameString(''), times, AT_EMPTY_PATH) >= 0) return;
    const errno = lastErrno();
    // A time that is none is refused with the same number.
    if (errno !== EINVAL) throw errnoError('utimensat', errno);
  }
  // Linux before 5.8.
  done('utimensat', calls.utimensat(AT_FDCWD, procPath(directory, ''), times, 0), name);
  hasEmptyPathTimes = false;
}

// The kernel's limit for one value and for the list of names.
const xattrBuffer = Buffer.allocUnsafeSlow(65536);

/**
 * What a call of f...xattr(2) answers; what the same call by a path answers where the descriptor is one of O_PATH, which the first one
 * does not take: the path's last component is then the link of /proc itself, which is to be followed.
 */
function byDescriptor(result: number, byPath: () => number): number {
  return result >= 0 || lastErrno() !== EBADF ? result : byPath();
}

/** The names of extended attributes, one character per byte, in no order; empty where the file system has none. */
export function listXattrsAt(directory: number, name: string): string[] {
  const calls = libc();
  const { length: room } = xattrBuffer;
  const length =
    name === ''
      ? byDescriptor(calls.flistxattr(directory, xattrBuffer, room), () =>
          calls.listxattr(procPath(directory, ''), xattrBuffer, room),
        )
      : calls.llistxattr(procPath(directory, name), xattrBuffer, room);
  if (length > 0) return xattrBuffer.toString('latin1', 0, length - 1).split('\0');
  if (length === 0) return [];
  const errno = lastErrno();
  if (errno === ENOTSUP) return [];
  throw errnoError('listxattr', errno, shown(name));
}

/** The value of one attribute, or `undefined` where there is none. */
export function readXattrAt(directory: number, name: string, attribute: string): Buffer | undefined {
  const calls = libc();
  const { length: room } = xattrBuffer;
  const wanted = nameString(attribute);
  const length =
    name === ''
      ? byDescriptor(calls.fgetxattr(directory, wanted, xattrBuffer, room), () =>
          calls.getxattr(procPath(directory, ''), wanted, xattrBuffer, room),
        )
      : calls.lgetxattr(procPath(directory, name), wanted, xattrBuffer, room);
  if (length >= 0) return Buffer.from(xattrBuffer.subarray(0, length));
  const errno = lastErrno();
  if (errno === ENODATA || errno === ENOTSUP) return undefined;
  throw errnoError('getxattr', errno, shown(name));
}

/** What {@link writeXattrAt} does about an attribute that is there, or is not: `create` and `replace` fail with EEXIST and ENODATA. */
export type XattrManner = 'set' | 'create' | 'replace';

const XATTR_FLAGS: Readonly<Record<XattrManner, number>> = { set: 0, create: 1, replace: 2 };
const EMPTY = Buffer.alloc(1);

/** Sets one attribute. */
export function writeXattrAt(
  directory: number,
  name: string,
  attribute: string,
  value: Uint8Array,
  manner: XattrManner = 'set',
): void {
  faultPointAt('setxattr', name);
  // A view without a byte has no address, which koffi would refuse.
  const bytes = value.length === 0 ? EMPTY : Buffer.from(value.buffer, value.byteOffset, value.length);
  const calls = libc();
  const { length } = value;
  const flags = XATTR_FLAGS[manner];
  const wanted = nameString(attribute);
  const result =
    name === ''
      ? byDescriptor(calls.fsetxattr(directory, wanted, bytes, length, flags), () =>
          calls.setxattr(procPath(directory, ''), wanted, bytes, length, flags),
        )
      : calls.lsetxattr(procPath(directory, name), wanted, bytes, length, flags);
  done('setxattr', result, name);
}

/** Removes one attribute; fails with ENODATA where there is none. */
export function removeXattrAt(directory: number, name: string, attribute: string): void {
  faultPointAt('removexattr', name);
  const calls = libc();
  const wanted = nameString(attribute);
  const result =
    name === ''
      ? byDescriptor(calls.fremovexattr(directory, wanted), () => calls.removexattr(procPath(directory, ''), wanted))
      : calls.lremovexattr(procPath(directory, name), wanted);
  done('removexattr', result, name);
}

/** Reserves, frees or zeroes a range of an open file, as fallocate(2). */
export function allocateRange(fd: number, mode: number, offset: number, length: number): void {
  faultPoint('fallocate');
  checked('fallocate', libc().fallocate(fd, mode, offset, length));
}

/** Where data or a hole begins at or after `offset`. Fails with ENXIO where there is no more. */
export function seekTo(fd: number, offset: number, what: 'data' | 'hole'): number {
  return checked('lseek', libc().lseek(fd, offset, what === 'data' ? 3 : 4));
}

const offsets = [Buffer.alloc(8), Buffer.alloc(8)] as const;

/** Copies a range between two open files in the kernel; returns how much was copied, which may be less. Blocks: ask for no more than some MiB. */
export function copyRangeNow(from: number, fromOffset: number, to: number, toOffset: number, length: number): number {
  faultPoint('copy_file_range');
  offsets[0].writeBigInt64LE(BigInt(fromOffset));
  offsets[1].writeBigInt64LE(BigInt(toOffset));
  return checked('copy_file_range', libc().copyFileRange(from, offsets[0], to, offsets[1], length, 0));
}
