import { FileStatus, isErrno, readLinkAt, statAt } from '@graphdriver/host';
import { BranchDirectory } from './branch-directory.ts';
import { OPAQUE, REDIRECT, whiteoutOf } from './marks.ts';
import { type DirectoryNode, TYPE, typeOfMode } from './nodes.ts';
import type { Union } from './union.ts';

/*
 * A directory that was renamed while it had parts in branches below lies in the writable branch under its new name, with a record of
 * the path that those parts have: in the view that the branches below add up to, from its top, beginning with a slash.
 */

/** The path of a directory in the view of the branches below the writable one. It need not have parts there. */
export function lowerPath(directory: DirectoryNode): string {
  if (directory.redirect !== undefined) return directory.redirect;
  if (directory.parent === null) return '';
  return `${lowerPath(directory.parent)}/${directory.name}`;
}

/**
 * The parts, top first, that a directory has at `path` in the view of all branches from `first` on. Looks every time, with some system
 * calls for each branch and each part of the path.
 */
export function partsAt(union: Union, first: number, path: string): BranchDirectory[] {
  let parts: BranchDirectory[] = union.branches.slice(first);
  for (const name of path.split('/')) if (name !== '') parts = partsBelow(union, parts, name);
  return parts;
}

function partsBelow(union: Union, parents: readonly BranchDirectory[], name: string): BranchDirectory[] {
  const found: BranchDirectory[] = [];
  for (const parent of parents) {
    const type = typeAt(union, parent, name);
    if (type !== undefined && type !== TYPE.directory) break;
    if (type === TYPE.directory) {
      const part = new BranchDirectory(parent.branch, parent, name);
      found.push(part);
      const redirect = redirectAt(union, part);
      if (redirect !== undefined) return [...found, ...partsAt(union, parent.branch + 1, redirect)];
      if (typeAt(union, part, OPAQUE) !== undefined) break;
    }
    if (typeAt(union, parent, whiteoutOf(name)) !== undefined) break;
  }
  return found;
}

const status = new FileStatus();

function typeAt(union: Union, directory: BranchDirectory, name: string): number | undefined {
  try {
    statAt(union.fd(directory), name, status);
    return typeOfMode(status.mode);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function redirectAt(union: Union, directory: BranchDirectory): string | undefined {
  try {
    return readLinkAt(union.fd(directory), REDIRECT);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}
