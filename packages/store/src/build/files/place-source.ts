import type { BytePath } from '@graphdriver/archive';
import type { Owner } from '@graphdriver/host';
import { bytePath, childPath, nameOf, parentOf } from './clean-path.ts';
import type { TargetRoot } from './target-root.ts';

/** Where files go: an absolute, clean path, and whether it was written as a directory. */
export interface Destination {
  readonly path: string;
  readonly isDirectory: boolean;
}

/** The directory that the contents of a directory go to, made where it is missing. */
export function placeForContents(target: TargetRoot, { path }: Destination, owner: Owner): BytePath {
  return target.makeDirectories(bytePath(path).slice(1), owner);
}

/**
 * The path that a file goes to, in a real directory, which is made where it is missing: the destination itself, or the file's name in it where
 * that is, or is written as, a directory.
 */
export function placeForFile(
  target: TargetRoot,
  { path, isDirectory }: Destination,
  name: BytePath,
  owner: Owner,
): BytePath {
  const inside = bytePath(path).slice(1);
  if (isDirectory || inside === '') return childPath(target.makeDirectories(inside, owner), name);
  const parent = target.makeDirectories(parentOf(inside), owner);
  const direct = childPath(parent, nameOf(inside));
  const existing = target.resolve(direct);
  if (existing === undefined) return direct;
  // A link to a file is written through, as Docker does.
  return existing.isDirectory ? childPath(existing.path, name) : existing.path;
}
