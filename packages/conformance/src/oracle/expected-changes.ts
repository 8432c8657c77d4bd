import type { FileFacts, TreeSnapshot } from './tree-snapshot.ts';

/**
 * The changes that lead from `lower` to `upper`, as `A /path`, `C /path` and `D /path` in byte order.
 *
 * This is the contract's rule written down a second time, without the archive package:
 * what differs is a change, and so is every directory above a change; of a deleted directory only the top is listed;
 * where a file has a name that it did not have before, all its names are changes, because they must stay one file.
 */
export function expectedChanges(upper: TreeSnapshot, lower: TreeSnapshot): string[] {
  const kinds = new Map<string, 'A' | 'C' | 'D'>();
  for (const [path, facts] of upper) {
    const old = lower.get(path);
    if (old === undefined) kinds.set(path, path === '' ? 'C' : 'A');
    else if (isChanged(facts, old)) kinds.set(path, 'C');
  }
  for (const path of lower.keys()) {
    if (!upper.has(path) && upper.get(parentOf(path))?.type === 'directory') kinds.set(path, 'D');
  }
  for (const path of [...kinds.keys()]) {
    for (let above = parentOf(path); above !== ''; above = parentOf(above)) {
      if (!kinds.has(above)) kinds.set(above, 'C');
    }
  }
  return [...kinds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, kind]) => `${kind} /${path}`);
}

/** Content bytes of the regular files among `changes`, hard links once: what `diffSize` has to say. */
export function expectedSize(upper: TreeSnapshot, changes: readonly string[]): number {
  const counted = new Set<string>();
  let size = 0;
  for (const line of changes) {
    const facts = line.startsWith('D') ? undefined : upper.get(line.slice(3));
    const first = facts?.names[0];
    if (facts === undefined || first === undefined || counted.has(first)) continue;
    counted.add(first);
    size += facts.size;
  }
  return size;
}

/** An empty tree, to compare a whole view with. */
export const NOTHING: TreeSnapshot = new Map();

function isChanged(facts: FileFacts, old: FileFacts): boolean {
  const compared = ['type', 'mode', 'uid', 'gid', 'size', 'mtime', 'rdev', 'target', 'content'] as const;
  if (compared.some((key) => facts[key] !== old[key])) return true;
  if (JSON.stringify(facts.xattrs) !== JSON.stringify(old.xattrs)) return true;
  return facts.names.some((name) => !old.names.includes(name));
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}
