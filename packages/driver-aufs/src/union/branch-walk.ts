import { isErrno, readEntries, TimeSlice } from '@graphdriver/host';
import { BranchDirectory } from './branch-directory.ts';
import { isMark } from './marks.ts';
import { TYPE } from './nodes.ts';
import type { Union } from './union.ts';

/** A name in a directory of a branch, its marks among them. */
export interface BranchEntry {
  readonly name: string;
  /** DT_ number. */
  readonly type: number;
  readonly ino: number;
}

/**
 * Visits every directory of a branch that is not empty, with its path there and all that it has. Takes two system calls and the listing for each, and gives
 * the event loop its turn: what is renamed or removed meanwhile may be missed.
 */
export async function eachDirectory(
  union: Union,
  branch: number,
  visit: (fd: number, path: string, entries: readonly BranchEntry[]) => void,
): Promise<void> {
  const slice = new TimeSlice();
  const top = union.branches[branch];
  const waiting: (readonly [BranchDirectory, string])[] = top === undefined ? [] : [[top, '']];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [directory, path] = next;
    const entries = entriesOf(union, directory);
    if (entries.length > 0) visit(union.fd(directory), path, entries);
    for (const { name, type } of entries) {
      if (type === TYPE.directory && !isMark(name))
        waiting.push([new BranchDirectory(branch, directory, name), `${path}/${name}`]);
    }
    if (slice.over) await slice.pause();
  }
}

function entriesOf(union: Union, directory: BranchDirectory): BranchEntry[] {
  const entries: BranchEntry[] = [];
  try {
    readEntries(union.fd(directory), (name, type, ino) => entries.push({ name, type, ino }));
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
  }
  return entries;
}
