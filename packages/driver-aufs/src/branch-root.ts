import { lstatSync } from 'node:fs';
import { changeMode, changeOwner, listXattrs, readXattr, writeXattr } from '@graphdriver/host';

const PERMISSIONS = 0o7777;

/** Attributes that belong to one directory and mean nothing on another. */
const OWN_ATTRIBUTES = ['trusted.graphdriver.', 'trusted.overlay.', 'user.overlay.'];

/**
 * Gives the top directory of a new layer the mode, owner and attributes that the parent's has, because a mount shows those of the topmost
 * branch; a layer without a parent gets mode 0755 and 0:0, whatever the process's umask.
 */
export function dressRoot(directory: string, parent: string | null): void {
  const wanted = parent === null ? { mode: 0o755, uid: 0, gid: 0 } : lstatSync(parent);
  const found = lstatSync(directory);
  const moved = found.uid !== wanted.uid || found.gid !== wanted.gid;
  if (moved) changeOwner(directory, wanted.uid, wanted.gid);
  // After the owner, whose change clears the set-id bits.
  if ((found.mode & PERMISSIONS) !== (wanted.mode & PERMISSIONS) || moved)
    changeMode(directory, wanted.mode & PERMISSIONS);
  if (parent === null) return;
  for (const name of listXattrs(parent)) {
    if (OWN_ATTRIBUTES.some((prefix) => name.startsWith(prefix))) continue;
    const value = readXattr(parent, name);
    if (value !== undefined) writeXattr(directory, name, value);
  }
}
