import { closeSync, ftruncateSync } from 'node:fs';
import type { SetAttributesRequest } from '@graphdriver/fuse';
import { changeModeAt, changeOwnerAt, faultPoint, openAt, setTimesAt } from '@graphdriver/host';
import { copyUpFile } from './copy-up.ts';
import { copyUpDirectory } from './copy-up-directory.ts';
import type { FileNode, UnionNode } from './nodes.ts';
import type { Union } from './union.ts';

const O_WRONLY = 1;
const UNCHANGED = -1;
const S_ISUID = 0o4000;
const S_ISGID = 0o2000;
const S_IXGRP = 0o010;

/** Copies a node up, as far as it is about to be changed. */
export function copyUpFor(union: Union, node: UnionNode, request: SetAttributesRequest): Promise<void> | undefined {
  if (node.kind === 'file') return copyUpFile(union, node, { extent: request.size === 0 ? 'no-content' : 'all' });
  copyUpDirectory(union, node);
  return undefined;
}

/** Changes what a request names, of a node in the writable branch. */
export function setAttributes(union: Union, node: UnionNode, request: SetAttributesRequest): void {
  const { mode, uid, gid, size, atime, mtime } = request;
  const spot = { ...union.spotOf(node) };
  // The kernel below takes set-id bits away: what mode is asked for comes after that.
  if (uid !== undefined || gid !== undefined) changeOwnerAt(spot.fd, spot.name, uid ?? UNCHANGED, gid ?? UNCHANGED);
  if (mode !== undefined) changeModeAt(spot.fd, spot.name, mode & 0o7777);
  if (size !== undefined && node.kind === 'file') resize(union, node, size);
  if (request.killSuidGid && mode === undefined) dropSetIds(union, node);
  if (atime !== undefined || mtime !== undefined) setTimesAt(spot.fd, spot.name, atime, mtime);
}

/** Sets the size of a file in the writable branch. */
export function resize(union: Union, node: FileNode, size: number): void {
  faultPoint('truncate');
  if (node.fd >= 0) {
    ftruncateSync(node.fd, size);
    return;
  }
  const { fd, name } = union.spotOf(node);
  const opened = openAt(fd, name, O_WRONLY);
  try {
    ftruncateSync(opened, size);
  } finally {
    closeSync(opened);
  }
}

/** Takes away what lets a program act as its owner, and as its group where the group may run it. Tells whether there was any of it. */
export function dropSetIds(union: Union, node: UnionNode): boolean {
  const { mode } = union.look(node);
  const dropped = S_ISUID | ((mode & S_IXGRP) === 0 ? 0 : S_ISGID);
  if ((mode & dropped) === 0) return false;
  const { fd, name } = union.spotOf(node);
  changeModeAt(fd, name, mode & ~dropped & 0o7777);
  return true;
}
