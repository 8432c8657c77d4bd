import { closeSync, constants, openSync } from 'node:fs';

const O_PATH = 0o10000000;
/** PATH_MAX is 4096 with the NUL, and a name in the directory takes 256. */
const LONGEST = 3600;

/** A directory on a walk, at a path that stays short however deep it lies. One character per byte. */
export interface DeepDirectory {
  readonly path: string;
  /** `path` goes through a descriptor, and ends with it. */
  readonly borrowed: boolean;
  /** Gives back what keeps the path short. Paths inside are then no longer valid. */
  release(): void;
}

const nothing = (): void => undefined;

/**
 * A path that the kernel takes for a directory of a tree that may be deeper than PATH_MAX: a program makes such a tree with relative
 * paths, and a walk must go through it. Too long a path is replaced by that of an open descriptor.
 */
export function deepDirectory(path: string): DeepDirectory {
  if (path.length <= LONGEST) return { path, borrowed: false, release: nothing };
  const fd = openSync(bytes(path), O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  // The entry itself is a link, which calls that follow none would take for the file: the dot makes it a directory on the way.
  return { path: `/proc/self/fd/${fd}/.`, borrowed: true, release: () => closeSync(fd) };
}

/** A path of one character per byte, for a system call. */
export function bytes(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

/** A path for a walk, without a slash at its end. */
export function walkPath(path: string | Buffer): string {
  const text = (typeof path === 'string' ? Buffer.from(path) : path).toString('latin1');
  return text.length > 1 ? text.replace(/\/+$/, '') || '/' : text;
}
