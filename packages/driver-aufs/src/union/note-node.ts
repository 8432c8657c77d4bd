import type { NodeBook } from './node-book.ts';
import type { UnionNode } from './nodes.ts';

/**
 * Writes down where a directory or an open file is now. Some milliseconds later, which keeps it out of every request: what the kernel
 * learns just before this daemon dies it has to ask for anew. At once where a file is open more often than the book says, for the kernel's
 * own way to it must not be closed too early.
 */
export function noteNode(book: NodeBook | undefined, node: UnionNode): void {
  if (book === undefined) return;
  if (node.kind === 'directory') {
    if (node.parent === null || node.removed) return;
    book.noteSoon(node.id, { parent: node.parent.id, name: node.name, number: node.ino, users: 0, backing: 0 });
    return;
  }
  const [link] = node.links;
  if (link === undefined || node.showsLower) return;
  const { users, backing } = node;
  const place = { parent: link.directory.id, name: link.name, number: node.ino, users, backing };
  if (users > 1 && backing > 0) book.note(node.id, place);
  else book.noteSoon(node.id, place);
}
