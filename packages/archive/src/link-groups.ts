import type { TreeNode } from './tree.ts';

/** The names of a file are names of one file in the base as well, or not. */
const JOINED = Symbol('joined');

/**
 * Which files of the upper tree have gained a name.
 *
 * Unpacking a diff replaces what the diff names and leaves the rest alone: if it brought only the new name of an old file, the two
 * would be two files. So where names that are one file were not one file in the base, all of them belong into the diff.
 * Losing a name changes nothing for the others.
 */
export class LinkGroups {
  // One entry per file with several names: what its names are in the base.
  readonly #bases = new Map<string, string | typeof JOINED>();

  /** Takes note of one name: what it is now, and what it was in the base. Must see all names before it is asked. */
  see(upper: TreeNode, lower: TreeNode | undefined): void {
    const base = lower === undefined || lower.type !== upper.type ? JOINED : lower.identity;
    const known = this.#bases.get(upper.identity);
    this.#bases.set(upper.identity, known === undefined || known === base ? base : JOINED);
  }

  /** Tells whether the file is made of names that were not one file. */
  isJoined(upper: TreeNode): boolean {
    return this.#bases.get(upper.identity) === JOINED;
  }
}

/** Tells whether a node may have other names. */
export function hasLinks(node: TreeNode): boolean {
  return node.nlink > 1 && node.type !== 'directory';
}
