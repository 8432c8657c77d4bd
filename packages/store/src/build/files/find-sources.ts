import type { BytePath } from '@graphdriver/archive';
import { bytePath, childPath, insideRoot, nameOf, textPath } from './clean-path.ts';
import { compileGlob, matchesGlob } from './glob.ts';
import type { SourceTree } from './source-tree.ts';

/** Something to be copied. */
export interface FoundSource {
  /** Where it really lies: no component is a link. */
  readonly path: BytePath;
  /** What it is called as it was asked for: the name of a link and not of what it leads to. */
  readonly name: BytePath;
}

/** The error for a malformed pattern; the caller knows where. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

/**
 * Finds what a source of COPY names: one path, or all that match a pattern, in byte order. Whatever leads above the root stays inside.
 *
 * A component without wildcards may be a link, and is followed inside the root.
 *
 * @throws {PatternError}
 */
export function findSources(tree: SourceTree, source: string): readonly FoundSource[] {
  const path = insideRoot(source);
  if (!hasWildcards(path)) return found(tree, bytePath(path));
  let candidates: readonly BytePath[] = [''];
  for (const part of path.split('/')) candidates = candidates.flatMap((directory) => matching(tree, directory, part));
  return candidates.flatMap((candidate) => found(tree, candidate));
}

/** Tells whether a path is a pattern: a wildcard in it is not escaped. */
export function hasWildcards(path: string): boolean {
  for (let at = 0; at < path.length; at += 1) {
    const char = path.charAt(at);
    if (char === '\\') at += 1;
    else if (char === '*' || char === '?' || char === '[') return true;
  }
  return false;
}

function matching(tree: SourceTree, directory: BytePath, part: string): readonly BytePath[] {
  const glob = compileGlob(part);
  if (glob === undefined) throw new PatternError(`${JSON.stringify(part)} is not a pattern`);
  const real = tree.resolve(directory);
  if (real === undefined || tree.stat(real)?.isDirectory() !== true) return [];
  return tree
    .list(real)
    .filter((name) => matchesGlob(glob, textPath(name)))
    .map((name) => childPath(directory, name));
}

function found(tree: SourceTree, path: BytePath): readonly FoundSource[] {
  const real = tree.resolve(path);
  return real === undefined ? [] : [{ path: real, name: nameOf(path) }];
}
