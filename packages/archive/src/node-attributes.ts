import { StorageError } from '@graphdriver/core';
import {
  changeMode,
  isErrno,
  listXattrs,
  removeXattr,
  setFileOwnerAndMode,
  setFileTimes,
  setOwnerAndMode,
  setTimes,
  writeXattr,
} from '@graphdriver/host';
import type { DirectoryState } from './directory-state.ts';
import { invalidArchive, shown } from './invalid-archive.ts';
import { isPrivateXattr, xattrsOf } from './node-xattrs.ts';
import { attributeRefused } from './refused-by-namespace.ts';
import type { TarEntry } from './tar-entry.ts';
import type { TreeNode } from './tree.ts';

/** What a file has beside its content. */
export interface NodeAttributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: bigint;
  readonly xattrs: ReadonlyMap<string, Buffer>;
}

/** Of a directory that nobody says anything about. The time is fixed, so that an archive gives the same layer every time. */
export const DEFAULT_DIRECTORY: NodeAttributes = { mode: 0o755, uid: 0, gid: 0, mtime: 0n, xattrs: new Map() };

const ACCESS_ACL = 'system.posix_acl_access';
/** The list that a directory passes on to what is made in it. */
export const DEFAULT_ACL = 'system.posix_acl_default';
const LONGEST_XATTR_NAME = 255;
/** What whoever puts something into a directory needs, unless privileged. */
export const OWNER_MAY_WRITE = 0o700;

/**
 * The attributes that an archive member gives.
 *
 * @throws {StorageError} `INVALID_ARCHIVE` for extended attributes in which overlayfs keeps its books, since they are an attack
 *   in an archive, and for those of no known kind
 */
export function layerAttributes(entry: TarEntry): NodeAttributes {
  if (entry.xattrs.size === 0) return entry;
  for (const name of entry.xattrs.keys()) checkXattrName(name, entry.path);
  const names = [...entry.xattrs.keys()];
  if (!names.some(isHostsOwn)) return entry;
  return { ...entry, xattrs: new Map([...entry.xattrs].filter(([name]) => !isHostsOwn(name))) };
}

/** The label of a security module, and what XFS shows of access control lists beside the portable attributes, are the host's to give. */
function isHostsOwn(name: string): boolean {
  return name === 'security.selinux' || name.startsWith('trusted.SGI_ACL_');
}

function checkXattrName(name: string, path: string): void {
  if (name.startsWith('trusted.overlay.') || name.startsWith('user.overlay.')) {
    throw invalidArchive(`${shown(path)} has the attribute ${shown(name)}, which belongs to overlayfs.`);
  }
  if (!/^(?:user|trusted|security|system)\.[^\0]+$/.test(name) || name.length > LONGEST_XATTR_NAME) {
    throw invalidArchive(`${shown(path)} has the attribute ${shown(name)}, which no file system has.`);
  }
}

/** The attributes of a node of a tree. */
export function attributesOf(node: TreeNode): NodeAttributes {
  return { mode: node.mode, uid: node.uid, gid: node.gid, mtime: node.mtime, xattrs: xattrsOf(node) };
}

/** Gives a regular file, still open, its attributes. The order is the kernel's: chown takes set-id bits and capabilities away. */
export function setFileAttributes(fd: number, location: Buffer, attributes: NodeAttributes): void {
  setFileOwnerAndMode(fd, attributes);
  for (const [name, value] of attributes.xattrs) setXattr(location, name, value);
  setFileTimes(fd, { mtime: attributes.mtime });
}

/** Gives anything but a directory its attributes. */
export function setNodeAttributes(location: Buffer, attributes: NodeAttributes): void {
  setOwnerAndMode(location, attributes);
  for (const [name, value] of attributes.xattrs) setXattr(location, name, value);
  setTimes(location, { mtime: attributes.mtime });
}

/** Gives a directory its attributes, but for what has to wait until everything in it is in place. */
export function setDirectoryAttributes(state: DirectoryState, location: Buffer, attributes: NodeAttributes): void {
  const { uid, gid, mode } = attributes;
  setOwnerAndMode(location, { uid, gid, mode: mode | OWNER_MAY_WRITE });
  state.finalMode = (mode & OWNER_MAY_WRITE) === OWNER_MAY_WRITE ? undefined : mode;
  for (const [name, value] of attributes.xattrs) if (name !== DEFAULT_ACL) setXattr(location, name, value);
  state.defaultAcl = attributes.xattrs.get(DEFAULT_ACL);
  // The root's time is no part of a layer.
  if (state.parent !== null) state.mtime = attributes.mtime;
  state.touched = true;
}

/** Puts in place what has to wait until nothing more is made in a directory. */
export function finishDirectory(state: DirectoryState, location: Buffer): void {
  if (state.defaultAcl !== undefined) setXattr(location, DEFAULT_ACL, state.defaultAcl);
  if (state.finalMode !== undefined) changeMode(location, state.finalMode);
  setTimes(location, { mtime: state.mtime });
}

/** Removes the attributes that a directory had before and shall not keep. */
export function removeOtherXattrs(location: Buffer, kept: ReadonlyMap<string, Buffer>): void {
  for (const name of listXattrs(location)) {
    if (isPrivateXattr(name) || (kept.has(name) && name !== DEFAULT_ACL)) continue;
    removeXattr(location, name);
  }
}

/** Takes away the access control lists that a new file has got from its directory. */
export function removeInheritedAcl(location: Buffer): void {
  for (const name of listXattrs(location)) if (name === ACCESS_ACL || name === DEFAULT_ACL) removeXattr(location, name);
}

function setXattr(location: Buffer, name: string, value: Buffer): void {
  try {
    writeXattr(location, name, value);
  } catch (error) {
    const where = `${shown(name)} of ${shown(location.toString('latin1'))}`;
    // User attributes of what is neither file nor directory are refused by every file system with EPERM.
    if (isErrno(error, 'EINVAL', 'ERANGE', 'E2BIG') || (isErrno(error, 'EPERM') && name.startsWith('user.'))) {
      throw invalidArchive(`The attribute ${where} is none that the system takes.`, error);
    }
    if (isErrno(error, 'EPERM')) throw attributeRefused(name, where, error);
    if (!isErrno(error, 'ENOTSUP', 'EOPNOTSUPP')) throw error;
    throw new StorageError('UNSUITABLE_FILESYSTEM', `The file system cannot hold the attribute ${where}.`, {
      hint: 'Put the root on a file system with extended attributes and access control lists.',
      cause: error,
    });
  }
}
