import { type BranchNotation, branchReader } from './branch-notation.ts';
import { locate } from './byte-path.ts';
import { realDirectory } from './read-directory.ts';
import type { Touched } from './tree.ts';

/**
 * What the topmost branch of a union can have changed: the names that it has or hides, and everything in an opaque directory.
 *
 * @throws an errno error where `branch` is no directory
 */
export function touchedIn(branch: string, notation: BranchNotation): Touched {
  const root = realDirectory(branch);
  const reader = branchReader(notation);
  return (directory) => {
    const place = locate(root, directory);
    if (directory !== '' && reader.isOpaque(place)) return 'all';
    const { entries, whiteouts } = reader.read(place);
    return [...new Set([...entries.map((entry) => entry.name), ...whiteouts])].sort();
  };
}
