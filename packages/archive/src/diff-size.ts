import { hasLinks } from './link-groups.ts';
import type { TreeChange } from './tree-change.ts';

/** Content bytes of the regular files among the changes, hard links once: what a diff of them carries, holes counted in full. */
export async function diffSizeOf(changes: AsyncIterable<TreeChange>): Promise<number> {
  const seen = new Set<string>();
  let size = 0;
  for await (const { node } of changes) {
    if (node?.type !== 'file' || seen.has(node.identity)) continue;
    if (hasLinks(node)) seen.add(node.identity);
    size += node.size;
  }
  return size;
}
