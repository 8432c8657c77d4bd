import { closeSync } from 'node:fs';
import { errno } from '@graphdriver/fuse';
import { isErrno, openAt, readEntries, removeDirectoryAt, renameAt, unlinkAt } from '@graphdriver/host';
import type { BranchDirectory } from './branch-directory.ts';
import { copyUpDirectory, workOf } from './copy-up-directory.ts';
import { entryOf, nodeOf } from './lookup.ts';
import { losing, noteLoss } from './losing-names.ts';
import { REDIRECT } from './marks.ts';
import type { DirectoryNode, UnionEntry } from './nodes.ts';
import { indexOf } from './read-index.ts';
import type { Union } from './union.ts';
import { putWhiteout } from './whiteouts.ts';

const O_DIRECTORY = 0o200000;

/** Removes a name of anything but a directory. @throws ENOENT, EISDIR, EROFS */
export function unlink(union: Union, directory: DirectoryNode, name: string): void {
  const entry = entryOf(union, directory, name);
  if (entry === undefined) throw errno('ENOENT');
  if (entry.parts !== null) throw errno('EISDIR');
  const upper = copyUpDirectory(union, directory);
  // First: at no moment anything of the branches below shows through.
  losing(union, directory, entry, () => putWhiteout(union, upper, entry));
  loseFile(union, directory, entry);
  if (entry.branch === 0) unlinkAt(union.fd(upper), name);
  forgetName(union, directory, entry);
}

/** Removes an empty directory. @throws ENOENT, ENOTDIR, ENOTEMPTY, EROFS */
export function rmdir(union: Union, directory: DirectoryNode, name: string): void {
  const entry = entryOf(union, directory, name);
  if (entry === undefined) throw errno('ENOENT');
  const node = nodeOf(union, directory, entry);
  if (node.kind !== 'directory') throw errno('ENOTDIR');
  if (indexOf(union, node).size > 0) throw errno('ENOTEMPTY');
  const upper = copyUpDirectory(union, directory);
  putWhiteout(union, upper, entry);
  const isUpper = entry.branch === 0;
  loseDirectory(union, node);
  if (isUpper) removeMarked(union, upper, name);
  forgetName(union, directory, entry);
}

/** Before a name goes: keeps hold of the file, if somebody knows it. */
export function loseFile(union: Union, directory: DirectoryNode, entry: UnionEntry): void {
  const { node } = entry;
  if (node !== undefined) union.book?.forgetNow(node.id);
  if (node?.kind === 'file' && entry.branch === 0 && (node.lookups > 0 || node.users > 0))
    union.keepWithout(node, directory, entry.name);
}

/** A name is gone: books it out. */
export function forgetName(union: Union, directory: DirectoryNode, entry: UnionEntry): void {
  const { node, branch } = entry;
  union.book?.lose(directory.id, entry.name);
  directory.index?.hide(entry);
  if (node?.kind === 'file') {
    if (branch > 0) noteLoss(node);
    union.removeLink(node, directory, entry.name);
  }
  if (node !== undefined) union.dropIfUnused(node);
}

/** Before a directory goes: whoever is in it keeps it, empty. */
export function loseDirectory(union: Union, node: DirectoryNode): void {
  union.book?.forgetNow(node.id);
  node.removed = true;
  const [top] = node.parts;
  if (union.upperOf(node) !== undefined && top !== undefined) union.descriptors.pin(top);
}

/** Removes a directory of the writable branch that has nothing but marks in it: out of sight first, and all at once. */
export function removeMarked(union: Union, upper: BranchDirectory, name: string): void {
  try {
    removeDirectoryAt(union.fd(upper), name);
    return;
  } catch (error) {
    if (!isErrno(error, 'ENOTEMPTY', 'EEXIST')) throw error;
  }
  const work = workOf(union);
  const temporary = union.temporaryName();
  renameAt(union.fd(upper), name, union.fd(work), temporary);
  discardMarked(union, temporary);
}

/** Takes the marks from a directory of the writable branch that shows nothing: beside a whiteout it shows nothing without them either. */
export function clearMarks(union: Union, upper: BranchDirectory, entry: UnionEntry): void {
  putWhiteout(union, upper, entry);
  const fd = openAt(union.fd(upper), entry.name, O_DIRECTORY);
  try {
    const names: string[] = [];
    readEntries(fd, (name) => names.push(name));
    // What leads to a directory below goes first: the others hide what is there.
    for (const name of names.toSorted((one) => (one === REDIRECT ? -1 : 1))) unlinkAt(fd, name);
  } finally {
    closeSync(fd);
  }
}

/** Removes such a directory from the work directory. */
function discardMarked(union: Union, temporary: string): void {
  const work = workOf(union);
  const fd = openAt(union.fd(work), temporary, O_DIRECTORY);
  try {
    const names: string[] = [];
    readEntries(fd, (name) => names.push(name));
    for (const name of names) unlinkAt(fd, name);
  } finally {
    closeSync(fd);
  }
  removeDirectoryAt(union.fd(work), temporary);
}
