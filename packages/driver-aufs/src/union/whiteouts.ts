import { isErrno, makeNodeAt, makeSymlinkAt, unlinkAt } from '@graphdriver/host';
import type { BranchDirectory } from './branch-directory.ts';
import type { IndexEntry } from './directory-index.ts';
import { isLong, OPAQUE, whiteoutOf } from './marks.ts';
import type { Union } from './union.ts';

const EMPTY_FILE = 0o100444;

/** Hides what the branches below have of an entry's name. Something of that name in the writable branch is still shown. */
export function putWhiteout(union: Union, upper: BranchDirectory, entry: IndexEntry): void {
  if (entry.whiteout || !entry.hasLower) return;
  const fd = union.fd(upper);
  try {
    if (isLong(entry.name)) makeSymlinkAt(entry.name, fd, whiteoutOf(entry.name));
    else makeNodeAt(fd, whiteoutOf(entry.name), EMPTY_FILE, 0);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
  union.trace.whiteouts += 1;
  entry.whiteout = true;
}

/** Takes a whiteout away that something of its name, which hides as much, stands beside now. */
export function removeWhiteout(union: Union, upper: BranchDirectory, entry: IndexEntry): void {
  if (!entry.whiteout) return;
  unlinkAt(union.fd(upper), whiteoutOf(entry.name));
  entry.whiteout = false;
}

/** Lets nothing of the branches below show in a directory. */
export function makeOpaque(union: Union, directory: BranchDirectory): void {
  try {
    makeNodeAt(union.fd(directory), OPAQUE, EMPTY_FILE, 0);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
}
