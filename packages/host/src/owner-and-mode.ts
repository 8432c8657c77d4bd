import { fstatSync, lstatSync, type Stats } from 'node:fs';
import type { FilePath } from './file-path.ts';
import { changeMode, changeOwner } from './files.ts';
import { changeFileMode, changeFileOwner } from './open-files.ts';

/** A user and a group by their numbers. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Whom a file belongs to, and its permission, set-id and sticky bits. */
export interface OwnerAndMode extends Owner {
  readonly mode: number;
}

/** Whom the files belong to that this process makes: costs two system calls, so ask once for many files. */
export function ownerOfNewFiles(): Owner {
  return { uid: process.geteuid?.() ?? -1, gid: process.getegid?.() ?? -1 };
}

/**
 * The permissions to make a file with: its own where it belongs to the right owner from the start, so that most often nothing is left
 * to change, and otherwise such that nobody gets in before it does.
 */
export function firstPermissions({ uid, gid, mode }: OwnerAndMode, maker: Owner): number {
  return uid === maker.uid && gid === maker.gid ? mode & 0o777 : mode & 0o700;
}

/**
 * Gives an open file an owner and a mode, if it has not got them.
 *
 * A look is far cheaper than a change, which the file system writes down even where nothing changes; and only a look tells what the
 * umask, a set-group-id directory or a mount option has made of a new file.
 */
export function setFileOwnerAndMode(fd: number, { uid, gid, mode }: OwnerAndMode): void {
  const present = fstatSync(fd);
  const isOwn = belongsTo(present, uid, gid);
  if (!isOwn) changeFileOwner(fd, uid, gid);
  // The kernel takes set-id bits away when the owner changes.
  if (!isOwn || permissionsOf(present) !== mode) changeFileMode(fd, mode);
}

/** The same by name, for everything else. A symbolic link, which is not followed, has an owner but no mode. */
export function setOwnerAndMode(path: FilePath, { uid, gid, mode }: OwnerAndMode): void {
  const present = lstatSync(path);
  const isOwn = belongsTo(present, uid, gid);
  if (!isOwn) changeOwner(path, uid, gid);
  if (present.isSymbolicLink()) return;
  if (!isOwn || permissionsOf(present) !== mode) changeMode(path, mode);
}

function belongsTo(present: Stats, uid: number, gid: number): boolean {
  return present.uid === uid && present.gid === gid;
}

function permissionsOf(present: Stats): number {
  return present.mode & 0o7777;
}
