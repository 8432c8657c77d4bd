import type { Tree, TreeNode } from './tree.ts';

const ROOT: TreeNode = {
  type: 'directory',
  mode: 0o755,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: 0n,
  ctime: 0n,
  nlink: 2,
  rdev: 0,
  identity: 'empty',
  blocks: 0,
  location: '',
};

/** What a layer without a parent starts from: nothing but a root directory, 0755 and owned by 0:0. It lies nowhere on the host. */
export const emptyTree: Tree = {
  node: (path) => (path === '' ? ROOT : undefined),
  list: () => [],
};
