import { type BranchNotation, type BranchReader, branchReader } from './branch-notation.ts';
import { compareBytePaths, lastName, locate, parentPath } from './byte-path.ts';
import { MergedDirectory } from './merged-directory.ts';
import { realDirectory } from './read-directory.ts';
import type { BytePath, Tree, TreeEntry, TreeNode } from './tree.ts';
import { readNode } from './tree-node.ts';

const MOST_REMEMBERED = 200_000;

/**
 * Several directories as the one tree that a union mount of them shows, without mounting them. `branches` are top first.
 *
 * Directories of one name merge, until one of them is opaque or something else hides it; anything else hides all below it.
 * A directory's own mode, owner, times and attributes are those of its topmost branch.
 * Looking up one path costs a look into every branch that has its directory; after a few of them in the same directory, and after a
 * `list`, it is known which branches have which name and one look is enough. What is remembered for that is bounded.
 *
 * @throws an errno error where a branch is no directory
 */
export function unionTree(branches: readonly string[], notation: BranchNotation): Tree {
  return new UnionTree(branches.map(realDirectory), branchReader(notation));
}

class UnionTree implements Tree {
  readonly #branches: readonly BytePath[];
  readonly #root: MergedDirectory;
  readonly #reader: BranchReader;
  readonly #directories = new Map<BytePath, MergedDirectory>();
  #remembered = 0;

  constructor(branches: readonly BytePath[], reader: BranchReader) {
    this.#branches = branches;
    this.#root = new MergedDirectory(branches, reader);
    this.#reader = reader;
  }

  node(path: BytePath): TreeNode | undefined {
    if (path === '') return readNode(this.#root.places[0] ?? '');
    const parent = this.#directory(parentPath(path));
    if (parent === undefined) return undefined;
    const before = parent.weight;
    const node = parent.find(lastName(path));
    this.#remember(parent.weight - before);
    return node;
  }

  list(path: BytePath): readonly TreeEntry[] {
    const directory = this.#directory(path);
    if (directory === undefined) return [];
    const before = directory.weight;
    const entries = directory.entries();
    this.#remember(directory.weight - before);
    return entries.sort((a, b) => compareBytePaths(a.name, b.name));
  }

  #directory(path: BytePath): MergedDirectory | undefined {
    if (path === '') return this.#root;
    const known = this.#directories.get(path);
    if (known !== undefined) return known;
    const name = lastName(path);
    const places = this.#unhidden(this.#directory(parentPath(path))?.placesOf(name) ?? [], name);
    if (places.length === 0) return undefined;
    const directory = new MergedDirectory(places, this.#reader);
    this.#remember(1);
    this.#directories.set(path, directory);
    return directory;
  }

  /** The directories called `name` in `parents`, down to the first that hides the rest. */
  #unhidden(parents: readonly BytePath[], name: BytePath): BytePath[] {
    const places: BytePath[] = [];
    for (const parent of parents) {
      const place = locate(parent, name);
      places.push(place);
      const redirect = this.#reader.redirectOf(place);
      if (redirect !== undefined) return [...places, ...this.#redirected(place, redirect)];
      if (places.length < parents.length && this.#reader.isOpaque(place)) break;
    }
    return places;
  }

  /** The places of the directory at `path` in the view of the branches below that of `place`. */
  #redirected(place: BytePath, path: BytePath): readonly BytePath[] {
    const branch = this.#branches.findIndex((top) => place.startsWith(`${top}/`));
    const below = this.#branches.slice(branch + 1);
    return below.length === 0 ? [] : (new UnionTree(below, this.#reader).#directory(path)?.places ?? []);
  }

  #remember(more: number): void {
    this.#remembered += more;
    if (this.#remembered <= MOST_REMEMBERED) return;
    this.#directories.clear();
    this.#root.forget();
    this.#remembered = 0;
  }
}
