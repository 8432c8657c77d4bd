import { compareBytePaths, locate, parentPath } from './byte-path.ts';
import { readDirectory, realDirectory } from './read-directory.ts';
import type { BytePath, Tree, TreeEntry, TreeNode } from './tree.ts';
import { readNode } from './tree-node.ts';

const MOST_REMEMBERED = 4096;

/**
 * A plain directory as a tree. `root` may be reached through symbolic links; below it none is followed.
 *
 * Looks a path up in some 5 µs, and lists a directory in 10 µs and half a microsecond per entry.
 *
 * @throws an errno error where `root` is no directory
 */
export function directoryTree(root: string): Tree {
  return new DirectoryTree(realDirectory(root));
}

class DirectoryTree implements Tree {
  readonly #root: BytePath;
  // Directories that were found to be no symbolic links, so that a walk does not check every ancestor of every file.
  readonly #directories = new Set<BytePath>(['']);

  constructor(root: BytePath) {
    this.#root = root;
  }

  node(path: BytePath): TreeNode | undefined {
    return this.#isDirectory(parentPath(path)) ? readNode(this.#locate(path)) : undefined;
  }

  list(path: BytePath): readonly TreeEntry[] {
    if (!this.#isDirectory(path)) return [];
    return readDirectory(this.#locate(path)).toSorted((a, b) => compareBytePaths(a.name, b.name));
  }

  #locate(path: BytePath): BytePath {
    return locate(this.#root, path);
  }

  #isDirectory(path: BytePath): boolean {
    if (this.#directories.has(path)) return true;
    if (!this.#isDirectory(parentPath(path)) || readNode(this.#locate(path))?.type !== 'directory') return false;
    if (this.#directories.size >= MOST_REMEMBERED) {
      this.#directories.clear();
      this.#directories.add('');
    }
    this.#directories.add(path);
    return true;
  }
}
