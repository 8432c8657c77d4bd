import { type BigIntStats, constants, lstatSync } from 'node:fs';
import { isErrno } from '@graphdriver/host';
import { locationBytes } from './byte-path.ts';
import type { BytePath, NodeType, TreeNode } from './tree.ts';

const TYPES: ReadonlyMap<number, NodeType> = new Map([
  [constants.S_IFREG, 'file'],
  [constants.S_IFDIR, 'directory'],
  [constants.S_IFLNK, 'symlink'],
  [constants.S_IFCHR, 'character'],
  [constants.S_IFBLK, 'block'],
  [constants.S_IFIFO, 'fifo'],
  [constants.S_IFSOCK, 'socket'],
]);

/** The node at a place of the host, a symbolic link itself; `undefined` where there is none. Costs 4 µs. */
export function readNode(location: BytePath): TreeNode | undefined {
  try {
    const stats = lstatSync(locationBytes(location), { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? undefined : nodeOf(stats, location);
  } catch (error) {
    // A directory may have been replaced by a file since it was listed. A name that is too long is nobody's.
    if (isErrno(error, 'ENOTDIR', 'ENAMETOOLONG')) return undefined;
    throw error;
  }
}

/** What stat(2) says, as a node that lies at `location`. */
export function nodeOf(stats: BigIntStats, location: BytePath): TreeNode {
  const bits = Number(stats.mode);
  const type = TYPES.get(bits & constants.S_IFMT) ?? 'file';
  const isDevice = type === 'character' || type === 'block';
  return {
    type,
    mode: bits & 0o7777,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    size: type === 'file' ? Number(stats.size) : 0,
    mtime: stats.mtimeNs,
    ctime: stats.ctimeNs,
    nlink: Number(stats.nlink),
    rdev: isDevice ? Number(stats.rdev) : 0,
    identity: `${stats.dev}:${stats.ino}`,
    blocks: Number(stats.blocks),
    location,
  };
}
