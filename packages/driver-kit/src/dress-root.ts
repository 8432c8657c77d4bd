import { lstatSync } from 'node:fs';
import { changeMode, changeOwner, listXattrs, readXattr, writeXattr } from '@graphdriver/host';

const PERMISSIONS = 0o7777;

/** What the top directory of a layer is to look like. */
export interface DressRequest {
  /** The parent's top directory; `null` for a layer without a parent. */
  readonly parent: string | null;
  /** How names of attributes start that belong to one directory and mean nothing on another. */
  readonly own: readonly string[];
}

/**
 * Gives the top directory of a new layer the mode, owner and extended attributes that the parent's has, because a union of branches shows
 * those of the topmost one; a layer without a parent gets mode 0755 and 0:0, whatever the process's umask.
 *
 * @throws errors of the system calls that failed
 */
export function dressRoot(directory: string, { parent, own }: DressRequest): void {
  const wanted = parent === null ? { mode: 0o755, uid: 0, gid: 0 } : lstatSync(parent);
  const found = lstatSync(directory);
  const moved = found.uid !== wanted.uid || found.gid !== wanted.gid;
  if (moved) changeOwner(directory, wanted.uid, wanted.gid);
  // After the owner, whose change clears the set-id bits.
  if ((found.mode & PERMISSIONS) !== (wanted.mode & PERMISSIONS) || moved)
    changeMode(directory, wanted.mode & PERMISSIONS);
  if (parent === null) return;
  for (const name of listXattrs(parent)) {
    if (own.some((prefix) => name.startsWith(prefix))) continue;
    const value = readXattr(parent, name);
    if (value !== undefined) writeXattr(directory, name, value);
  }
}
