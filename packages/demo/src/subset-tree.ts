import type { BytePath, Tree } from '@graphdriver/archive';

/** The part of a tree that consists of the directories `chosen`, of what is in them, and of the directories on the way to them. */
export function subsetTree(tree: Tree, chosen: readonly BytePath[]): Tree {
  const shows = (path: BytePath): boolean => {
    if (path === '') return true;
    return chosen.some((top) => path === top || path.startsWith(`${top}/`) || top.startsWith(`${path}/`));
  };
  return {
    node: (path) => (shows(path) ? tree.node(path) : undefined),
    list: (path) => {
      if (!shows(path)) return [];
      const prefix = path === '' ? '' : `${path}/`;
      return tree.list(path).filter(({ name }) => shows(`${prefix}${name}`));
    },
  };
}
