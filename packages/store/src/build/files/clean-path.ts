import type { BytePath } from '@graphdriver/archive';

/** A path without `.`, doubled slashes and a slash at its end, and with `..` worked out, as Go's `filepath.Clean`. Empty is `.`. */
export function cleanPath(path: string): string {
  const rooted = path.startsWith('/');
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '..' || !rooted) parts.push(part);
  }
  return `${rooted ? '/' : ''}${parts.join('/')}` || '.';
}

/** A path as it lies below a root, `''` for the root itself: whatever leads above stays inside, as Docker has it. */
export function insideRoot(path: string): string {
  return cleanPath(`/${path}`).slice(1);
}

/** Joins a path to the directory it starts from, unless it is absolute. The result is absolute and clean. */
export function absolutePath(directory: string, path: string): string {
  return cleanPath(path.startsWith('/') ? path : `/${directory}/${path}`);
}

/** A text's path in the bytes that the file system has. */
export function bytePath(text: string): BytePath {
  return Buffer.from(text).toString('latin1');
}

/** A path of bytes as text; what is no UTF-8 shows as replacement characters. */
export function textPath(path: BytePath): string {
  return Buffer.from(path, 'latin1').toString();
}

/** The path of a name in a directory, both of them below a root. */
export function childPath(directory: BytePath, name: BytePath): BytePath {
  return directory === '' ? name : `${directory}/${name}`;
}

/** The directory that a path below a root lies in. */
export function parentOf(path: BytePath): BytePath {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

/** The last component of a path below a root. */
export function nameOf(path: BytePath): BytePath {
  return path.slice(path.lastIndexOf('/') + 1);
}
