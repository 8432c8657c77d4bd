import {
  changeModeAt,
  changeOwnerAt,
  FileStatus,
  listXattrsAt,
  readXattrAt,
  setTimesAt,
  statAt,
  writeXattrAt,
} from '@graphdriver/host';
import type { BranchDirectory } from './branch-directory.ts';
import { NUMBER_XATTR, OWN_XATTRS } from './marks.ts';
import { TYPE, typeOfMode } from './nodes.ts';
import type { Spot, Union } from './union.ts';

const PERMISSIONS = 0o7777;
const made = new FileStatus();

/**
 * Copies what a file has beside its content to what was just made in its place, and notes its inode number there. Times come last, for
 * all else changes them. What was made right is left alone: a change of each costs as much as making a file.
 *
 * Returns the names of the extended attributes that the file has, and the copy's inode number.
 */
export function copyMetadata(
  from: Spot,
  status: FileStatus,
  to: Spot,
  number: number,
): { readonly names: readonly string[]; readonly ino: number } {
  statAt(to.fd, to.name, made);
  const isOwned = made.uid === status.uid && made.gid === status.gid;
  if (!isOwned) changeOwnerAt(to.fd, to.name, status.uid, status.gid);
  // After the owner, whose change clears the set-id bits; attributes such as ACLs refine the mode.
  const hasMode = isOwned && ((made.mode ^ status.mode) & PERMISSIONS) === 0;
  if (!hasMode && typeOfMode(status.mode) !== TYPE.symlink) changeModeAt(to.fd, to.name, status.mode & PERMISSIONS);
  const names = listXattrsAt(from.fd, from.name);
  for (const name of names) {
    if (name.startsWith(OWN_XATTRS)) continue;
    const value = readXattrAt(from.fd, from.name, name);
    if (value !== undefined) writeXattrAt(to.fd, to.name, name, value);
  }
  writeXattrAt(to.fd, to.name, NUMBER_XATTR, Buffer.from(`${number}`, 'latin1'));
  setTimesAt(to.fd, to.name, atimeOf(status), mtimeOf(status));
  return { names, ino: made.ino };
}

/** The times as they are set again. */
export function atimeOf(status: FileStatus): { seconds: number; nanoseconds: number } {
  return { seconds: status.atime, nanoseconds: status.atimeNs };
}

export function mtimeOf(status: FileStatus): { seconds: number; nanoseconds: number } {
  return { seconds: status.mtime, nanoseconds: status.mtimeNs };
}

const before = new FileStatus();

/** Changes something in a directory of a branch that programs are not to notice: its times are as before. */
export function unnoticed(union: Union, directory: BranchDirectory, change: (fd: number) => void): void {
  const fd = union.fd(directory);
  statAt(fd, '', before);
  const [atime, mtime] = [atimeOf(before), mtimeOf(before)];
  change(fd);
  setTimesAt(fd, '', atime, mtime);
}
