import { readlinkSync } from 'node:fs';
import type { BytePath, Tree, TreeEntry, TreeNode } from '@graphdriver/archive';
import { isErrno } from '@graphdriver/host';
import { REDIRECT } from './union/marks.ts';

/**
 * What shows through a branch from the view underneath, where directories may have been renamed: each path of `lower` under the name
 * that it now has. `branch` is the branch's absolute path, and may change meanwhile.
 *
 * Costs one look at the branch per part of a path. That a directory is opaque is for the caller to know.
 */
export function redirectedTree(lower: Tree, branch: string): Tree {
  return {
    node: (path): TreeNode | undefined => lower.node(lowerPath(branch, path).path),
    list: (path): readonly TreeEntry[] => lower.list(lowerPath(branch, path).path),
  };
}

/** Tells whether a directory was moved, or lies below one that was. */
export function isRedirected(branch: string, path: BytePath): boolean {
  return lowerPath(branch, path).isMoved;
}

function lowerPath(branch: string, path: BytePath): { readonly path: BytePath; readonly isMoved: boolean } {
  let found = '';
  let seen = '';
  let isMoved = false;
  for (const name of path === '' ? [] : path.split('/')) {
    seen = `${seen}/${name}`;
    const redirect = redirectOf(branch, seen);
    if (redirect !== undefined) isMoved = true;
    found = redirect?.replace(/^\//, '') ?? (found === '' ? name : `${found}/${name}`);
  }
  return { path: found, isMoved };
}

function redirectOf(branch: string, directory: BytePath): BytePath | undefined {
  try {
    // The branch's path is text, what lies in it has names of bytes.
    const mark = Buffer.concat([Buffer.from(branch), Buffer.from(`${directory}/${REDIRECT}`, 'latin1')]);
    return readlinkSync(mark, 'latin1');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'EINVAL')) return undefined;
    throw error;
  }
}
