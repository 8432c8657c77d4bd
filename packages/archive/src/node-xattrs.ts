import { isErrno, listXattrs, readXattr } from '@graphdriver/host';
import { locationBytes } from './byte-path.ts';
import type { BytePath, TreeNode } from './tree.ts';

// The notes of overlay and of our own drivers to themselves, the host policy's word on where a file lies, and access control lists as XFS shows them a second time
// beside the portable ones: none is part of what a layer holds.
const PRIVATE_XATTRS: readonly string[] = [
  'trusted.overlay.',
  'user.overlay.',
  'trusted.graphdriver.',
  'security.selinux',
  'trusted.SGI_ACL_',
];

/** Tells whether an attribute belongs to a driver or the host, and so is never part of a diff. */
export function isPrivateXattr(name: string): boolean {
  return PRIVATE_XATTRS.some((prefix) => name.startsWith(prefix));
}

/** The attributes of a node that are part of its layer, by name in byte order. Costs 2 µs, and 2 more for each. */
export function xattrsOf(node: TreeNode): Map<string, Buffer> {
  const xattrs = new Map<string, Buffer>();
  for (const name of xattrNames(node)) {
    const value = xattrOf(node.location, name);
    if (value !== undefined) xattrs.set(name, value);
  }
  return xattrs;
}

/** Tells whether two nodes have the same attributes. */
export function haveSameXattrs(a: TreeNode, b: TreeNode): boolean {
  const names = xattrNames(a);
  const others = xattrNames(b);
  if (names.length !== others.length || names.some((name, index) => name !== others[index])) return false;
  return names.every((name) => {
    const other = xattrOf(b.location, name);
    return other !== undefined && xattrOf(a.location, name)?.equals(other) === true;
  });
}

/** One attribute of what lies at `location`; `undefined` where there is neither the one nor the other. */
export function xattrOf(location: BytePath, name: string): Buffer | undefined {
  return unlessGone(() => readXattr(locationBytes(location), name), undefined);
}

function xattrNames(node: TreeNode): readonly string[] {
  // The root of an empty tree lies nowhere.
  if (node.location === '') return [];
  return unlessGone(() => listXattrs(locationBytes(node.location)), []).filter((name) => !isPrivateXattr(name));
}

// Somebody may write to the layer while it is read.
function unlessGone<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return otherwise;
    throw error;
  }
}
