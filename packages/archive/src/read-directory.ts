import { closeSync, constants, type Dirent, openSync, readdirSync, readlinkSync } from 'node:fs';
import { isErrno } from '@graphdriver/host';
import { locationBytes } from './byte-path.ts';
import type { BytePath, NodeType, TreeEntry } from './tree.ts';

const LOOK_AT_DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const NO_ENTRIES: readonly TreeEntry[] = [];

/**
 * The place that `root` really is, by the kernel's own word, with no symbolic link left in it.
 *
 * @throws an errno error where there is no directory
 */
export function realDirectory(root: string): BytePath {
  const fd = openSync(root, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return openedPath(fd);
  } finally {
    closeSync(fd);
  }
}

/** The path by which the kernel knows an open file: what it was opened as, unless somebody has moved or replaced it. */
export function openedPath(fd: number): BytePath {
  return readlinkSync(`/proc/self/fd/${fd}`, 'latin1');
}

/**
 * The entries of the directory at `location`, a place without symbolic links, in no order.
 *
 * Empty where there is no such directory. Whoever swaps a directory of a running container for a symbolic link does not get another
 * directory of the host read: what was opened is checked, and not what was seen before.
 */
export function readDirectory(location: BytePath): readonly TreeEntry[] {
  const fd = openDirectory(location);
  if (fd === undefined) return NO_ENTRIES;
  try {
    if (openedPath(fd) !== location) return NO_ENTRIES;
    return entriesOf(`/proc/self/fd/${fd}`);
  } finally {
    closeSync(fd);
  }
}

function openDirectory(location: BytePath): number | undefined {
  try {
    return openSync(locationBytes(location), LOOK_AT_DIRECTORY);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined;
    throw error;
  }
}

function entriesOf(directory: string): readonly TreeEntry[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true, encoding: 'latin1' });
    return entries.map((entry) => ({ name: entry.name, type: typeOf(entry) }));
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    // Where a file system tells no types Node asks for them, taking latin1 names for UTF-8: bytes are twice as slow but right.
    const entries = readdirSync(directory, { withFileTypes: true, encoding: 'buffer' });
    return entries.map((entry) => ({ name: entry.name.toString('latin1'), type: typeOf(entry) }));
  }
}

function typeOf(entry: Dirent<string> | Dirent<Buffer>): NodeType {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  if (entry.isSymbolicLink()) return 'symlink';
  if (entry.isCharacterDevice()) return 'character';
  if (entry.isBlockDevice()) return 'block';
  return entry.isFIFO() ? 'fifo' : 'socket';
}
