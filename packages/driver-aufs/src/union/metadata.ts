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

/**
 * Copies what a file has beside its content, and notes its inode number in the copy. Times come last, for all else changes them.
 * Returns the names of the extended attributes that the file has.
 */
export function copyMetadata(from: Spot, status: FileStatus, to: Spot, number: number): readonly string[] {
  changeOwnerAt(to.fd, to.name, status.uid, status.gid);
  // After the owner, whose change clears the set-id bits; attributes such as ACLs refine the mode.
  if (typeOfMode(status.mode) !== TYPE.symlink) changeModeAt(to.fd, to.name, status.mode & 0o7777);
  const names = listXattrsAt(from.fd, from.name);
  for (const name of names) {
    if (name.startsWith(OWN_XATTRS)) continue;
    const value = readXattrAt(from.fd, from.name, name);
    if (value !== undefined) writeXattrAt(to.fd, to.name, name, value);
  }
  writeXattrAt(to.fd, to.name, NUMBER_XATTR, Buffer.from(`${number}`, 'latin1'));
  setTimesAt(to.fd, to.name, atimeOf(status), mtimeOf(status));
  return names;
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
