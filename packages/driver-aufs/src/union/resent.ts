import { copyUpDirectory } from './copy-up-directory.ts';
import { type Creation, complete } from './creation.ts';
import { entryOf, nodeOf, numberOf } from './lookup.ts';
import type { Move } from './moving.ts';
import type { DirectoryNode, UnionEntry, UnionNode } from './nodes.ts';
import type { Union } from './union.ts';
import { removeWhiteout } from './whiteouts.ts';

/*
 * What the daemon before had been asked, and died without an answer, the kernel asks again. That one may have done it.
 *
 * The kernel asks for a change of a name only when it knows whether there is such a name, and lets nobody else into the directory until it
 * is answered. So a name that was to be made and is there was made by this request, and one that was to go and is gone went by it. Where a
 * look does not tell that, the book does: it was told beforehand.
 */

/** What a resent request to make something finds made, and completes. What was seen is in the union's `status`. */
export function madeBefore(union: Union, directory: DirectoryNode, creation: Creation): UnionNode | undefined {
  const entry = upperEntry(union, directory, creation.name);
  if (entry === undefined) return undefined;
  complete(union, directory, entry, creation);
  return looked(union, directory, entry);
}

/** The same for a second name of a file: `id`, which may be known by no other. */
export function linkedBefore(union: Union, id: number, directory: DirectoryNode, name: string): UnionNode | undefined {
  // First: who has it open goes on with it.
  if (!union.nodes.has(id)) union.recall(id);
  const entry = upperEntry(union, directory, name);
  if (entry === undefined) return undefined;
  show(union, directory, entry);
  return looked(union, directory, entry);
}

/** Whether a resent request to remove a name finds it removed. */
export function removedBefore(union: Union, directory: DirectoryNode, name: string): boolean {
  return entryOf(union, directory, name) === undefined;
}

/** Whether a resent rename finds that it was done. */
export function movedBefore(union: Union, move: Move): boolean {
  const { from, name, to, newName } = move;
  const entry = upperEntry(union, to, newName);
  if (entry === undefined) return false;
  const isMoved =
    move.exchange || move.whiteout
      ? union.book?.begunBy(move.request) === numberOf(union, to, entry)
      : entryOf(union, from, name) === undefined;
  if (isMoved) show(union, to, entry);
  return isMoved;
}

function upperEntry(union: Union, directory: DirectoryNode, name: string): UnionEntry | undefined {
  const entry = entryOf(union, directory, name);
  return entry?.branch === 0 ? entry : undefined;
}

/** Does what comes last, if it was not done: takes the whiteout away. */
function show(union: Union, directory: DirectoryNode, entry: UnionEntry): void {
  removeWhiteout(union, copyUpDirectory(union, directory), entry);
}

function looked(union: Union, directory: DirectoryNode, entry: UnionEntry): UnionNode {
  const node = nodeOf(union, directory, entry);
  union.look(node);
  return node;
}
