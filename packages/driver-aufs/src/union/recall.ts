import { entryOf, nodeOf } from './lookup.ts';
import type { UnionNode } from './nodes.ts';
import type { Union } from './union.ts';

/**
 * The node that another daemon called `id`, found anew by the name that it had when that one died, or `undefined`: it is no directory and
 * was not open, or something else has the name.
 */
export function recall(union: Union, id: number): UnionNode | undefined {
  return recallBelow(union, id, new Set());
}

/** `asked`: a book that was cut off between two moves can have a directory inside of itself. */
function recallBelow(union: Union, id: number, asked: Set<number>): UnionNode | undefined {
  const place = union.book?.placeOf(id);
  if (place === undefined || asked.has(id)) return undefined;
  asked.add(id);
  const parent = union.nodes.get(place.parent) ?? recallBelow(union, place.parent, asked);
  if (parent?.kind !== 'directory' || parent.removed) return undefined;
  const entry = entryOf(union, parent, place.name);
  const node = entry === undefined ? undefined : nodeOf(union, parent, entry);
  return node?.id === id ? node : undefined;
}
