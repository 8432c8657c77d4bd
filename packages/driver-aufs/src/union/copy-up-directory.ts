import { errno } from '@graphdriver/fuse';
import { makeDirectoryAt, removeDirectoryAt, renameAt } from '@graphdriver/host';
import { BranchDirectory } from './branch-directory.ts';
import { copyMetadata, unnoticed } from './metadata.ts';
import type { DirectoryNode } from './nodes.ts';
import type { Union } from './union.ts';

/**
 * Makes sure that the writable branch has a directory, and all above it: made aside with everything that it has, then renamed into place.
 *
 * @throws EROFS, ENOENT for one that was removed
 */
export function copyUpDirectory(union: Union, directory: DirectoryNode): BranchDirectory {
  const present = union.upperOf(directory);
  if (present !== undefined) return present;
  const work = workOf(union);
  const { parent, name } = directory;
  const [lower] = directory.parts;
  if (parent === null || lower === undefined || directory.removed) throw errno('ENOENT');
  const upperParent = copyUpDirectory(union, parent);
  const temporary = union.temporaryName();
  const status = { ...union.look(directory) };
  makeDirectoryAt(union.fd(work), temporary, status.mode & 0o7777);
  const upper = new BranchDirectory(0, work, temporary);
  try {
    // Both are about to be used in any case: what is in the one was just listed, and something comes into the other.
    copyMetadata({ fd: union.fd(lower), name: '' }, status, { fd: union.fd(upper), name: '' }, directory.ino);
    unnoticed(union, upperParent, (fd) => renameAt(union.fd(work), temporary, fd, name));
  } catch (error) {
    union.descriptors.release(upper);
    removeDirectoryAt(union.fd(work), temporary);
    throw error;
  }
  upper.parent = upperParent;
  upper.name = name;
  directory.parts.unshift(upper);
  const entry = parent.index?.get(name);
  if (entry !== undefined) {
    entry.branch = 0;
    entry.hasLower = true;
    entry.parts?.unshift(upperParent);
  }
  return upper;
}

/** Where things are made before they are put into place. @throws EROFS */
export function workOf(union: Union): BranchDirectory {
  if (union.work === undefined) throw errno('EROFS');
  return union.work;
}
