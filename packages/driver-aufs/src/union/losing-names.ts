import { closeSync, readFileSync } from 'node:fs';
import {
  FileStatus,
  fileClock,
  isErrno,
  makeDirectoryAt,
  makeSymlinkAt,
  openAt,
  renameAt,
  statAt,
  unlinkAt,
  writeBytes,
} from '@graphdriver/host';
import { BranchDirectory } from './branch-directory.ts';
import { workOf } from './copy-up-directory.ts';
import { nodeOf, partIn } from './lookup.ts';
import { lossOf, parsed, recordOf, storesOf, textOf } from './loss-records.ts';
import { LOST_NAMES } from './marks.ts';
import { unnoticed } from './metadata.ts';
import { type DirectoryNode, type FileNode, type LostNames, pathIn, type UnionEntry } from './nodes.ts';
import { shownAt } from './shown-at.ts';
import type { Union } from './union.ts';

const O_RDONLY = 0;
const O_WRONLY = 1;
const O_CREAT = 0o100;
const O_EXCL = 0o200;
const NANOSECONDS = 1_000_000_000n;
/** In the directory of records: which name is about to be taken away, and what the record was before. */
export const BEGUN = 'begun';
/** In place of a record where there was none. */
const NONE = '-';

/** A name that is about to be taken from a file of a lower branch. */
interface Loss {
  readonly store: BranchDirectory;
  readonly key: number;
  /** The record as it was; `undefined` where there was none. */
  readonly before: string | undefined;
}

/**
 * Takes a name of a file away by `change`. Where the file lies in a lower branch and has other names, which are to show one link less and
 * a later ctime from then on, that is written down: five system calls, in an order such that {@link finishLoss} can tell after a crash.
 */
export function losing(union: Union, directory: DirectoryNode, entry: UnionEntry, change: () => void): void {
  const loss = begin(union, directory, entry);
  try {
    change();
  } catch (error) {
    if (loss !== undefined) undo(union, loss);
    throw error;
  }
  if (loss !== undefined) settle(() => unlinkAt(union.fd(loss.store), BEGUN));
}

/** A name of a lower file is gone: those who have the file open, or know it by other names, see that. */
export function noteLoss(node: FileNode): void {
  node.lost = oneMore(node.lost);
}

const lower = new FileStatus();

function begin(union: Union, directory: DirectoryNode, entry: UnionEntry): Loss | undefined {
  if (entry.branch <= 0 || entry.parts !== null) return undefined;
  const node = nodeOf(union, directory, entry);
  if (node.kind !== 'file' || node.keys.length === 0) return undefined;
  statAt(union.fd(partIn(directory, entry.branch)), entry.name, lower);
  const key = union.numberOf(entry.branch, entry.ino);
  const isLast = lower.links - (lossOf(union, entry.branch, key, lower)?.names ?? 0) <= 1;
  const own = ownStore(union);
  const text = own === undefined ? undefined : textOf(union, own, key);
  const known = parsed(text, lower);
  const before = known === undefined ? undefined : text;
  // Of a file that nothing shows any more there is nothing to tell.
  const after = isLast ? undefined : recordOf(oneMore(known), lower);
  if (before === after) return undefined;
  const store = own ?? madeStore(union);
  writeBegun(union, store, `${key}\n${before ?? NONE}\n${pathIn(directory, entry.name)}`);
  const loss = { store, key, before };
  try {
    put(union, store, key, after);
  } catch (error) {
    undo(union, loss);
    throw error;
  }
  return loss;
}

function oneMore(lost: LostNames | undefined): LostNames {
  const now = fileClock();
  return { names: (lost?.names ?? 0) + 1, seconds: Number(now / NANOSECONDS), nanoseconds: Number(now % NANOSECONDS) };
}

/** The name is still there: so is the record as it was. */
function undo(union: Union, { store, key, before }: Loss): void {
  settle(() => {
    put(union, store, key, before);
    unlinkAt(union.fd(store), BEGUN);
  });
}

/** What fails here is done by who finds it begun. */
function settle(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!isErrno(error)) throw error;
  }
}

/** Goes on with what {@link losing} was in the middle of when a crash came. To be done before anybody uses the union. */
export function finishLoss(union: Union): void {
  const [top] = union.branches;
  if (!union.writable || top === undefined) return;
  const store = new BranchDirectory(0, top, LOST_NAMES);
  const begun = readBegun(union, store);
  if (begun === undefined) return;
  const [, key = '', before = '', path = ''] = /^(\d+)\n(.*)\n([\s\S]*)$/.exec(begun) ?? [];
  // Cut off before it was whole, it tells that nothing had happened yet.
  const shown = key === '' ? undefined : shownAt(union, path, Number(key));
  if (shown !== undefined) {
    put(union, store, Number(key), before === NONE ? undefined : before);
    union.dropIfUnused(shown.directory);
  }
  unlinkAt(union.fd(store), BEGUN);
}

/** Puts a record in the place of the one that there is, whole at every moment. */
function put(union: Union, store: BranchDirectory, key: number, text: string | undefined): void {
  if (text === undefined) {
    try {
      unlinkAt(union.fd(store), `${key}`);
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error;
    }
    return;
  }
  const [work, temporary] = [workOf(union), union.temporaryName()];
  makeSymlinkAt(text, union.fd(work), temporary);
  renameAt(union.fd(work), temporary, union.fd(store), `${key}`);
}

/** A file and no link: a path may be longer than what a link can say. */
function writeBegun(union: Union, store: BranchDirectory, text: string): void {
  const fd = madeBegun(union, store);
  try {
    writeBytes(fd, Buffer.from(text, 'latin1'));
  } finally {
    closeSync(fd);
  }
}

function madeBegun(union: Union, store: BranchDirectory): number {
  try {
    return openAt(union.fd(store), BEGUN, O_WRONLY | O_CREAT | O_EXCL, 0o600);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
  // A full disk has kept the last one from being undone.
  finishLoss(union);
  return openAt(union.fd(store), BEGUN, O_WRONLY | O_CREAT | O_EXCL, 0o600);
}

function readBegun(union: Union, store: BranchDirectory): string | undefined {
  let fd: number;
  try {
    fd = openAt(union.fd(store), BEGUN, O_RDONLY);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    return readFileSync(fd, 'latin1');
  } finally {
    closeSync(fd);
  }
}

function ownStore(union: Union): BranchDirectory | undefined {
  const [first] = storesOf(union);
  return first?.branch === 0 ? first : undefined;
}

function madeStore(union: Union): BranchDirectory {
  const [top] = union.branches;
  if (top === undefined) throw new Error('A union has at least one branch.');
  unnoticed(union, top, (fd) => makeDirectoryAt(fd, LOST_NAMES, 0o700));
  const store = new BranchDirectory(0, top, LOST_NAMES);
  union.lossStores = [store, ...storesOf(union)];
  return store;
}
