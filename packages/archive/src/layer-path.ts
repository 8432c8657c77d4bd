import { invalidArchive, shown } from './invalid-archive.ts';
import { WHITEOUT_PREFIX } from './member-name.ts';
import type { BytePath } from './tree.ts';

const LONGEST_NAME = 255;
const LONGEST_PATH = 4095;
/** A component that is empty, `.` or `..`. */
const UNCLEAN = /(?:^|\/)\.{0,2}(?:\/|$)/;

/**
 * Turns a name in an archive into a path of the tree: `./etc//passwd` becomes `etc/passwd`, and `./` the root `''`.
 *
 * @throws {StorageError} `INVALID_ARCHIVE` for what could lie outside the tree (`..`, a leading slash) and for what no
 *   file system can hold (NUL, nothing at all, a component over 255 bytes, not counting a whiteout's prefix, a path over 4095)
 */
export function layerPath(name: string): BytePath {
  if (name === '') throw invalidArchive('A member of the archive has no name.');
  if (name.startsWith('/')) throw invalidArchive(`The archive names ${shown(name)}, which is absolute.`);
  if (name.includes('\0')) throw invalidArchive(`The archive names ${shown(name)}, which has a NUL in it.`);
  const trimmed = name.slice(name.startsWith('./') ? 2 : 0, name.endsWith('/') ? -1 : undefined);
  // Nearly all names are clean, and taking them apart costs more than everything else about them.
  if (trimmed.length <= LONGEST_NAME && !UNCLEAN.test(trimmed)) return trimmed;
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  for (const part of parts) {
    if (part === '..') throw invalidArchive(`The archive names ${shown(name)}, which leads upwards.`);
    if (part.length > LONGEST_NAME + (part.startsWith(WHITEOUT_PREFIX) ? WHITEOUT_PREFIX.length : 0))
      throw tooLong(name);
  }
  const path = parts.join('/');
  if (path.length > LONGEST_PATH) throw tooLong(name);
  return path;
}

/** Checks where a symbolic link points: anywhere, since it is never followed, but it must be something that symlink(2) takes. */
export function symlinkTarget(target: string, path: BytePath): string {
  if (target === '' || target.includes('\0') || target.length > LONGEST_PATH) {
    throw invalidArchive(`The symbolic link ${shown(path)} points to ${shown(target)}, which is no path.`);
  }
  return target;
}

function tooLong(name: string): Error {
  return invalidArchive(`The archive names ${shown(name)}, which is too long for a file system.`);
}
