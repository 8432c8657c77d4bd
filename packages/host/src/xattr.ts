import { cString } from './c-string.ts';
import { errnoError } from './errno.ts';
import { faultPoint } from './fault-point.ts';
import type { FilePath } from './file-path.ts';
import { checked, lastErrno, libc } from './libc.ts';

const ENODATA = 61;
const ENOTSUP = 95;

// The kernel's limit for one value and for the list of names.
const buffer = Buffer.allocUnsafeSlow(65536);

/**
 * The names of a file's extended attributes, of a symbolic link itself too, sorted, one character per byte.
 * Empty where the file system has none. `trusted.*` is seen by privileged processes only. Costs 2 µs.
 */
export function listXattrs(path: FilePath): string[] {
  const length = libc().llistxattr(cString(path), buffer, buffer.length);
  if (length > 0)
    return buffer
      .toString('latin1', 0, length - 1)
      .split('\0')
      .sort();
  if (length === 0) return [];
  const errno = lastErrno();
  if (errno === ENOTSUP) return [];
  throw errnoError('llistxattr', errno, path);
}

/** The value of one attribute, or `undefined` where the file has none of that name. */
export function readXattr(path: FilePath, name: string): Buffer | undefined {
  const length = libc().lgetxattr(cString(path), cString(nameBytes(name)), buffer, buffer.length);
  if (length >= 0) return Buffer.from(buffer.subarray(0, length));
  const errno = lastErrno();
  if (errno === ENODATA || errno === ENOTSUP) return undefined;
  throw errnoError('lgetxattr', errno, path);
}

/** Sets one attribute, made or replaced. */
export function writeXattr(path: FilePath, name: string, value: Uint8Array): void {
  faultPoint('setxattr', path);
  // A view without a byte has no address, which koffi would refuse.
  const bytes = value.length === 0 ? EMPTY : Buffer.from(value.buffer, value.byteOffset, value.length);
  checked('lsetxattr', libc().lsetxattr(cString(path), cString(nameBytes(name)), bytes, value.length, 0), path);
}

/** Removes one attribute; fails with ENODATA where there is none. */
export function removeXattr(path: FilePath, name: string): void {
  faultPoint('removexattr', path);
  checked('lremovexattr', libc().lremovexattr(cString(path), cString(nameBytes(name))), path);
}

const EMPTY = Buffer.alloc(1);

function nameBytes(name: string): Buffer {
  return Buffer.from(name, 'latin1');
}
