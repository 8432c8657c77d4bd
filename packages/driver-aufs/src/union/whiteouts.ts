import { isErrno, makeHardLinkAt, makeNodeAt, makeSymlinkAt, unlinkAt } from '@graphdriver/host';
import type { BranchDirectory } from './branch-directory.ts';
import { workOf } from './copy-up-directory.ts';
import { isLong, OPAQUE, whiteoutOf } from './marks.ts';
import type { UnionEntry } from './nodes.ts';
import type { Union } from './union.ts';

const EMPTY_FILE = 0o100444;
/** With the file that has as many names as it can have, and with a new one. */
const ATTEMPTS = 2;

/** Hides what the branches below have of an entry's name. Something of that name in the writable branch is still shown. */
export function putWhiteout(union: Union, upper: BranchDirectory, entry: UnionEntry): void {
  if (entry.whiteout || !entry.hasLower) return;
  const fd = union.fd(upper);
  try {
    if (isLong(entry.name)) makeSymlinkAt(entry.name, fd, whiteoutOf(entry.name));
    else makeWhiteout(union, fd, whiteoutOf(entry.name));
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
  union.trace.whiteouts += 1;
  entry.whiteout = true;
}

/** All whiteouts are names of one file, as AUFS's were: a name costs a tenth of a file. A file can have so many names and no more. */
function makeWhiteout(union: Union, fd: number, name: string): void {
  const work = union.fd(workOf(union));
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    union.whiteoutBase ??= madeBase(union, work);
    try {
      makeHardLinkAt(work, union.whiteoutBase, fd, name);
      return;
    } catch (error) {
      if (!isErrno(error, 'EMLINK')) break;
      union.whiteoutBase = undefined;
    }
  }
  makeNodeAt(fd, name, EMPTY_FILE, 0);
}

function madeBase(union: Union, work: number): string {
  const name = union.temporaryName();
  makeNodeAt(work, name, EMPTY_FILE, 0);
  return name;
}

/** Takes a whiteout away that something of its name, which hides as much, stands beside now. */
export function removeWhiteout(union: Union, upper: BranchDirectory, entry: UnionEntry): void {
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
