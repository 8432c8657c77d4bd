import type { TimeAt, XattrManner } from './at-files.ts';
import { cString } from './c-string.ts';
import { faultPoint } from './fault-point.ts';
import type { FilePath } from './file-path.ts';
import { AT_FDCWD, checked, libc } from './libc.ts';

/*
 * Calls of section 2 of the manual with all that they can be asked for, by path and from the current directory, and nothing of our own
 * between: for whoever examines a file system. Each throws the errno error.
 */

const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_SYMLINK_FOLLOW = 0x400;
const UTIME_NOW = 0x3fffffffn;
const UTIME_OMIT = 0x3ffffffen;
const XATTR_FLAGS: Readonly<Record<XattrManner, number>> = { set: 0, create: 1, replace: 2 };
const EMPTY = Buffer.alloc(1);

/** What is done about a symbolic link at the end of a path. */
export type LinkChoice = 'follow' | 'link-itself';

/** truncate(2). */
export function truncatePath(path: FilePath, size: number): void {
  faultPoint('truncate', path);
  checked('truncate', libc().truncate(cString(path), size), path);
}

/** linkat(2), following a symbolic link or giving it itself another name. */
export function linkPath(existing: FilePath, path: FilePath, choice: LinkChoice): void {
  faultPoint('link', path);
  const flags = choice === 'follow' ? AT_SYMLINK_FOLLOW : 0;
  checked('linkat', libc().linkat(AT_FDCWD, cString(existing), AT_FDCWD, cString(path), flags), path);
}

/** renameat2(2) with its flags as numbers, sensible or not: 1 is RENAME_NOREPLACE, 2 RENAME_EXCHANGE, 4 RENAME_WHITEOUT. */
export function renamePath(from: FilePath, to: FilePath, flags: number): void {
  faultPoint('rename', from);
  checked('renameat2', libc().renameat2(AT_FDCWD, cString(from), AT_FDCWD, cString(to), flags), from);
}

/** utimensat(2) with two times as given, in order or not. `undefined` is UTIME_OMIT. */
export function setPathTimes(path: FilePath, [atime, mtime]: readonly [TimeAt, TimeAt], choice: LinkChoice): void {
  faultPoint('utimens', path);
  const fields = BigInt64Array.from([atime, mtime].flatMap(fieldsOf));
  const flags = choice === 'follow' ? 0 : AT_SYMLINK_NOFOLLOW;
  checked('utimensat', libc().utimensat(AT_FDCWD, cString(path), Buffer.from(fields.buffer), flags), path);
}

function fieldsOf(time: TimeAt): readonly [bigint, bigint] {
  if (time === undefined) return [0n, UTIME_OMIT];
  return time === 'now' ? [0n, UTIME_NOW] : [BigInt(time.seconds), BigInt(time.nanoseconds)];
}

/** setxattr(2), and lsetxattr(2) of a symbolic link itself. */
export function setXattr(
  path: FilePath,
  name: string,
  value: Uint8Array,
  options: { readonly manner?: XattrManner; readonly on?: LinkChoice } = {},
): void {
  faultPoint('setxattr', path);
  const bytes = value.length === 0 ? EMPTY : Buffer.from(value.buffer, value.byteOffset, value.length);
  const call = options.on === 'link-itself' ? libc().lsetxattr : libc().setxattr;
  const flags = XATTR_FLAGS[options.manner ?? 'set'];
  checked('setxattr', call(cString(path), cString(name), bytes, value.length, flags), path);
}

/** removexattr(2), and lremovexattr(2) of a symbolic link itself. */
export function unsetXattr(path: FilePath, name: string, on: LinkChoice = 'follow'): void {
  faultPoint('removexattr', path);
  const call = on === 'link-itself' ? libc().lremovexattr : libc().removexattr;
  checked('removexattr', call(cString(path), cString(name)), path);
}

/** getxattr(2) into `room` bytes; with no room it answers the length alone. ENODATA and ERANGE are errors. */
export function getXattr(
  path: FilePath,
  name: string,
  room = 65_536,
): { readonly length: number; readonly value: Buffer } {
  const value = Buffer.alloc(room);
  const length = libc().getxattr(cString(path), cString(name), room === 0 ? null : value, room);
  return { length: checked('getxattr', length, path), value: value.subarray(0, length) };
}

/** listxattr(2) into `room` bytes; with no room it answers the length alone. ERANGE is an error. */
export function listXattrBytes(
  path: FilePath,
  room = 65_536,
): { readonly length: number; readonly names: readonly string[] } {
  const list = Buffer.alloc(room);
  const length = checked('listxattr', libc().listxattr(cString(path), room === 0 ? null : list, room), path);
  return {
    length,
    names: list
      .toString('latin1', 0, room === 0 ? 0 : length)
      .split('\0')
      .slice(0, -1),
  };
}
