import { entryOf, nodeOf } from './lookup.ts';
import type { DirectoryNode, UnionEntry } from './nodes.ts';
import type { Union } from './union.ts';

/** A name that a directory shows. */
export interface Shown {
  /** To be dropped, if nobody uses it, by who asked. */
  readonly directory: DirectoryNode;
  readonly entry: UnionEntry;
}

/** What the union shows at a path, which begins with a slash, where that is the file of a lower branch with this number. */
export function shownAt(union: Union, path: string, key: number): Shown | undefined {
  const names = path.split('/').slice(1);
  const last = names.pop() ?? '';
  let directory = union.root;
  for (const name of names) {
    const entry = entryOf(union, directory, name);
    const node = entry === undefined || entry.parts === null ? undefined : nodeOf(union, directory, entry);
    if (node?.kind !== 'directory') {
      union.dropIfUnused(directory);
      return undefined;
    }
    directory = node;
  }
  const entry = entryOf(union, directory, last);
  const isSame = entry !== undefined && entry.branch > 0 && union.numberOf(entry.branch, entry.ino) === key;
  if (isSame) return { directory, entry };
  union.dropIfUnused(directory);
  return undefined;
}
