import type { BigIntStats } from 'node:fs';
import { bytes } from './deep-path.ts';
import { setTimes } from './files.ts';
import { type OwnerAndMode, setOwnerAndMode } from './owner-and-mode.ts';
import { listXattrs, readXattr, writeXattr } from './xattr.ts';

/** Whom a file belongs to, and its permission, set-id and sticky bits. */
export function ownerAndMode(stat: BigIntStats): OwnerAndMode {
  return { uid: Number(stat.uid), gid: Number(stat.gid), mode: Number(stat.mode) & 0o7777 };
}

/**
 * Gives what was made at `to` the metadata of `from`, in the one order that works: the kernel drops set-id bits and file
 * capabilities at chown, and attributes such as ACLs refine the mode. Times come last.
 */
export function copyMetadata(from: string, stat: BigIntStats, to: string): void {
  const target = bytes(to);
  setOwnerAndMode(target, ownerAndMode(stat));
  copyXattrs(from, to);
  setTimes(target, { atime: stat.atimeNs, mtime: stat.mtimeNs });
}

/** Copies all extended attributes. */
export function copyXattrs(from: string, to: string): void {
  const source = bytes(from);
  for (const name of listXattrs(source)) {
    const value = readXattr(source, name);
    if (value !== undefined) writeXattr(bytes(to), name, value);
  }
}
