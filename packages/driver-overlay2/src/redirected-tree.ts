import type { BytePath, Tree, TreeEntry, TreeNode } from '@graphdriver/archive';
import { isErrno, readXattr } from '@graphdriver/host';
import { overlayXattr } from './kernel-features.ts';

const REDIRECT = overlayXattr('redirect', false);

/**
 * What shows through an upper directory from the view underneath, where directories may have been renamed: each path of `lower` under
 * the name that it now has. `upper` is the upper directory's absolute path, and may change meanwhile.
 *
 * A renamed directory lies in the upper one with a redirect: the path that it had in the view underneath, or, beginning without a
 * slash, the name that it had in the same directory.
 * Costs one look at the upper directory per part of a path. That another directory is opaque is for the caller to know.
 */
export function redirectedTree(lower: Tree, upper: BytePath): Tree {
  const below = (path: BytePath): BytePath => lowerPath(upper, path);
  return {
    node: (path): TreeNode | undefined => lower.node(below(path)),
    list: (path): readonly TreeEntry[] => lower.list(below(path)),
  };
}

function lowerPath(upper: BytePath, path: BytePath): BytePath {
  let found = '';
  let seen = upper;
  for (const name of path === '' ? [] : path.split('/')) {
    seen = `${seen}/${name}`;
    const redirect = redirectOf(seen);
    if (redirect === undefined) found = joined(found, name);
    else found = redirect.startsWith('/') ? redirect.slice(1) : joined(found, redirect);
  }
  return found;
}

function redirectOf(location: BytePath): BytePath | undefined {
  try {
    return readXattr(Buffer.from(location, 'latin1'), REDIRECT)?.toString('latin1');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG')) return undefined;
    throw error;
  }
}

function joined(directory: BytePath, name: BytePath): BytePath {
  return directory === '' ? name : `${directory}/${name}`;
}
