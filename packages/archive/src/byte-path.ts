import { StorageError } from '@graphdriver/core';
import type { BytePath } from './tree.ts';

/** The path of `name` in `directory`, where the root directory is `''`. */
export function joinPath(directory: BytePath, name: BytePath): BytePath {
  return directory === '' ? name : `${directory}/${name}`;
}

/** The directory that `path` stands in; the root's is the root. */
export function parentPath(path: BytePath): BytePath {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '' : path.slice(0, slash);
}

/** The last component of `path`. */
export function lastName(path: BytePath): BytePath {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The bytes that the kernel gets. */
export function pathBytes(path: BytePath): Buffer {
  return Buffer.from(path, 'latin1');
}

const LONGEST_PATH = 4095;

/**
 * The bytes of an absolute path for a system call.
 *
 * @throws {StorageError} `UNREPRESENTABLE` for a path that no system call takes. Programs can make such files by changing their
 *   directory on the way down; an archive cannot name them.
 */
export function locationBytes(location: BytePath): Buffer {
  if (location.length <= LONGEST_PATH) return pathBytes(location);
  throw new StorageError('UNREPRESENTABLE', 'A file lies so deep that its path is too long for a system call.', {
    hint: 'Move its directory upwards.',
    details: { path: pathBytes(location).toString() },
  });
}

/** Sorts by bytes: a character is a byte, so that the order of strings is that of bytes. */
export function compareBytePaths(a: BytePath, b: BytePath): number {
  return a < b ? -1 : Number(a > b);
}

/** The absolute path of what is called `path` under the absolute path `place`. */
export function locate(place: BytePath, path: BytePath): BytePath {
  if (path === '') return place;
  return place === '/' ? `/${path}` : `${place}/${path}`;
}
