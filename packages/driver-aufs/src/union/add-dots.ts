import type { DirectoryWriter } from '@graphdriver/fuse';
import { TYPE } from './nodes.ts';

/** What comes before all names in a listing has the first two cookies. */
export const DOTS = 2;

/** Lists `.` and `..`, from `offset` on. Tells whether there is room for more. */
export function addDots(
  rootNumber: number,
  directory: { readonly ino: number; readonly parent: { readonly ino: number } | null },
  offset: number,
  entries: DirectoryWriter,
): boolean {
  if (offset < 1 && !entries.add('.', directory.ino, TYPE.directory, 1)) return false;
  return offset >= DOTS || entries.add('..', directory.parent?.ino ?? rootNumber, TYPE.directory, DOTS);
}
