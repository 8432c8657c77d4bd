import { readlinkSync } from 'node:fs';
import { locationBytes } from './byte-path.ts';
import { haveSameXattrs } from './node-xattrs.ts';
import type { BytePath, TreeNode } from './tree.ts';

/** Both are the very same inode in the very same state: nothing about it can differ, its content and links included. */
export function isSameInode(upper: TreeNode, lower: TreeNode): boolean {
  return upper.identity === lower.identity && upper.ctime === lower.ctime;
}

/** Tells whether two nodes agree in everything but content: type, mode, owner, size, time, device, link target, attributes. */
export function hasSameMetadata(upper: TreeNode, lower: TreeNode): boolean {
  return (
    upper.mtime === lower.mtime &&
    upper.size === lower.size &&
    upper.rdev === lower.rdev &&
    hasSameAccess(upper, lower) &&
    (upper.type !== 'symlink' || readLink(upper.location) === readLink(lower.location))
  );
}

/** The same without size and times: what is compared of a root directory. */
export function hasSameAccess(upper: TreeNode, lower: TreeNode): boolean {
  return (
    upper.type === lower.type &&
    upper.mode === lower.mode &&
    upper.uid === lower.uid &&
    upper.gid === lower.gid &&
    haveSameXattrs(upper, lower)
  );
}

/** Where the symbolic link at `location` points. */
export function readLink(location: BytePath): BytePath {
  return readlinkSync(locationBytes(location), 'latin1');
}
