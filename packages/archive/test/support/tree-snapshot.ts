import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { listXattrs, readXattr } from '@graphdriver/host';
import type { Tree, TreeNode } from '../../src/tree.ts';

/** All that a layer can hold about one file, in a form that prints well when two of them differ. */
export type NodeSnapshot = Readonly<Record<string, unknown>>;

const SHORT = 4096;

/** Everything in a tree that is part of a layer, by path: no sockets, no time of the root directory. */
export function snapshotOf(tree: Tree): Record<string, NodeSnapshot> {
  const snapshot: Record<string, NodeSnapshot> = {};
  const firstNames = new Map<string, string>();
  const paths = [...pathsOf(tree)].sort();
  for (const path of paths) {
    const node = tree.node(path);
    if (node === undefined) throw new Error(`${path} is listed and not there.`);
    if (node.type === 'socket') continue;
    const firstName = firstNames.get(node.identity);
    if (node.type !== 'directory' && node.nlink > 1 && firstName === undefined) firstNames.set(node.identity, path);
    snapshot[`/${path}`] = firstName === undefined ? describe(path, node) : { sameFileAs: firstName };
  }
  return snapshot;
}

function* pathsOf(tree: Tree, directory = ''): Generator<string> {
  yield directory;
  for (const { name, type } of tree.list(directory)) {
    const path = directory === '' ? name : `${directory}/${name}`;
    if (type === 'directory') yield* pathsOf(tree, path);
    else yield path;
  }
}

function describe(path: string, node: TreeNode): NodeSnapshot {
  const { type, mode, uid, gid, size, rdev, location } = node;
  const bytes = Buffer.from(location, 'latin1');
  return {
    type,
    mode: mode.toString(8),
    uid,
    gid,
    size,
    rdev,
    mtime: path === '' ? null : node.mtime,
    xattrs: xattrsOf(bytes),
    content: type === 'file' ? contentOf(bytes) : null,
    target: type === 'symlink' ? readlinkSync(bytes, 'latin1') : null,
  };
}

function xattrsOf(location: Buffer): Record<string, string | undefined> {
  const names = listXattrs(location).filter((name) => !/^(trusted|user)\.overlay\.|^security\.selinux$/.test(name));
  return Object.fromEntries(names.map((name) => [name, readXattr(location, name)?.toString('latin1')]));
}

/** Short content as it is, long content as what its bytes add up to and the place of the first that is not zero. */
function contentOf(location: Buffer): unknown {
  const content = readFileSync(location);
  if (content.length <= SHORT) return content.toString('latin1');
  return {
    sha256: createHash('sha256').update(content).digest('hex'),
    starts: content.findIndex((byte) => byte !== 0),
  };
}
