import type { BytePath, Tree } from '@graphdriver/archive';

/**
 * The first `count` regular files below the directories `tops`, in the order of those and then of names; files of a directory
 * come before those of the directories in it. Files of several names are left out, because changing one would change others,
 * and so is everything hidden.
 */
export function firstFiles(tree: Tree, tops: readonly BytePath[], count: number): BytePath[] {
  const found: BytePath[] = [];
  const queue = [...tops];
  for (let directory = queue.shift(); directory !== undefined && found.length < count; directory = queue.shift()) {
    for (const { name, type } of tree.list(directory)) {
      if (name.startsWith('.')) continue;
      const path = `${directory}/${name}`;
      if (type === 'directory') queue.push(path);
      if (type === 'file' && found.length < count && tree.node(path)?.nlink === 1) found.push(path);
    }
  }
  return found;
}
