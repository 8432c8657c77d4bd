import { FileStatus, isErrno, makeNodeAt, readLinkAt, statAt } from '@graphdriver/host';
import { eachDirectory } from './branch-walk.ts';
import { MOVED, REDIRECT } from './marks.ts';
import { unnoticed } from './metadata.ts';
import type { MovedDirectory, Union } from './union.ts';

const EMPTY_FILE = 0o100444;

/**
 * Where in the union something may be that has one of these paths in a branch, by what the branches above have renamed. What is there
 * then may be something else.
 *
 * Takes a walk through each branch above that has renamed directories: once for those that do not change, each time for the writable one.
 */
export async function pathsInUnion(union: Union, branch: number, paths: readonly string[]): Promise<readonly string[]> {
  for (;;) {
    const { moves } = union;
    let found = paths;
    for (let above = branch - 1; above >= 0; above -= 1) {
      const moved = await movedIn(union, above);
      found = found.flatMap((path) => [path, ...moved.flatMap((directory) => movedPath(path, directory))]);
    }
    // What was renamed during the walk may have been missed by it.
    if (union.moves === moves) return found;
  }
}

function movedPath(path: string, { path: to, from }: MovedDirectory): readonly string[] {
  return path.startsWith(`${from}/`) ? [to + path.slice(from.length)] : [];
}

/** Before the first directory of the writable branch is renamed: whoever looks for such directories looks into this branch. */
export function markMoved(union: Union): void {
  const [top] = union.branches;
  if (top === undefined || hasMoved(union, 0)) return;
  unnoticed(union, top, (fd) => makeNodeAt(fd, MOVED, EMPTY_FILE, 0));
}

function movedIn(union: Union, branch: number): Promise<readonly MovedDirectory[]> {
  const known = union.moved.get(branch);
  if (known !== undefined) return known;
  const moved = walk(union, branch);
  if (branch > 0 || !union.writable) {
    union.moved.set(branch, moved);
    // A walk that failed is tried again by the next file.
    moved.catch(() => union.moved.delete(branch));
  }
  return moved;
}

async function walk(union: Union, branch: number): Promise<readonly MovedDirectory[]> {
  const moved: MovedDirectory[] = [];
  if (!hasMoved(union, branch)) return moved;
  await eachDirectory(union, branch, (fd, path, entries) => {
    if (entries.some(({ name }) => name === REDIRECT)) moved.push({ path, from: readLinkAt(fd, REDIRECT) });
  });
  return moved;
}

const status = new FileStatus();

function hasMoved(union: Union, branch: number): boolean {
  const top = union.branches[branch];
  if (top === undefined) return false;
  try {
    statAt(union.fd(top), MOVED, status);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}
