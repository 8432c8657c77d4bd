import { FileStatus, isErrno, readLinkAt, statAt } from '@graphdriver/host';
import { BranchDirectory } from './branch-directory.ts';
import { LOST_NAMES } from './marks.ts';
import { type LostNames, TYPE, typeOfMode } from './nodes.ts';
import type { Union } from './union.ts';

/*
 * What a branch has taken from files of branches below that have several names: their inodes know nothing of it. In its top directory a
 * directory has a symbolic link for each such file, called by its inode number in the union, which says how many names are gone, when the
 * last of them went, and the ctime of the inode that is meant: in a copy of the root another one may have the number.
 */

const RECORD = /^(\d{1,9}) (-?\d{1,15})\.(\d{1,9}) (-?\d{1,15}\.\d{1,9})$/;

/** What all branches above have taken from a file of `branch` that `status` tells of, by its inode number in the union. */
export function lossOf(union: Union, branch: number, key: number, status: FileStatus): LostNames | undefined {
  let sum: LostNames | undefined;
  for (const store of storesOf(union)) {
    if (store.branch >= branch) break;
    const loss = parsed(textOf(union, store, key), status);
    if (loss !== undefined) sum = sum === undefined ? loss : both(sum, loss);
  }
  return sum;
}

/** What the record of a file says, where there is one. */
export function textOf(union: Union, store: BranchDirectory, key: number): string | undefined {
  try {
    return readLinkAt(union.fd(store), `${key}`);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EINVAL', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** Reads a record of the file that `status` tells of; `undefined` for what is none, or of another file. */
export function parsed(text: string | undefined, status: FileStatus): LostNames | undefined {
  const [, names, seconds, nanoseconds, inode] = RECORD.exec(text ?? '') ?? [];
  if (inode !== ctimeOf(status)) return undefined;
  return { names: Number(names), seconds: Number(seconds), nanoseconds: Number(nanoseconds) };
}

/** The record of a file. */
export function recordOf({ names, seconds, nanoseconds }: LostNames, status: FileStatus): string {
  return `${names} ${seconds}.${nanoseconds} ${ctimeOf(status)}`;
}

function ctimeOf({ ctime, ctimeNs }: FileStatus): string {
  return `${ctime}.${ctimeNs}`;
}

function both(one: LostNames, other: LostNames): LostNames {
  const isLater = one.seconds > other.seconds || (one.seconds === other.seconds && one.nanoseconds > other.nanoseconds);
  const { seconds, nanoseconds } = isLater ? one : other;
  return { names: one.names + other.names, seconds, nanoseconds };
}

/** The directories of records that there are, top first; looked for once, with a system call for each branch. */
export function storesOf(union: Union): readonly BranchDirectory[] {
  union.lossStores ??= union.branches
    .map((top, branch) => new BranchDirectory(branch, top, LOST_NAMES))
    .filter((store) => isDirectory(union, store));
  return union.lossStores;
}

const found = new FileStatus();

function isDirectory(union: Union, { parent, name }: BranchDirectory): boolean {
  if (parent === null) return false;
  try {
    statAt(union.fd(parent), name, found);
    return typeOfMode(found.mode) === TYPE.directory;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}
