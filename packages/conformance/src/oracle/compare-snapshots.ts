import { AssertionError } from 'node:assert';
import type { FileFacts, TreeSnapshot } from './tree-snapshot.ts';

/** What two snapshots are held to. */
export interface CompareOptions {
  /** Precision of the times, in nanoseconds, as in `capabilities.timestampGranularity`. 1 unless given. */
  readonly granularity?: number;
  /** Also hold files to their holes: what is sparse on one side may not be filled in on the other. */
  readonly holes?: boolean;
}

const ALLOCATION_SLACK = 256 * 1024;
const SHOWN_DIFFERENCES = 12;

/** Says, one sentence each, in what two trees differ. Empty where they are the same. */
export function snapshotDifferences(
  actual: TreeSnapshot,
  expected: TreeSnapshot,
  options: CompareOptions = {},
): readonly string[] {
  const differences: string[] = [];
  for (const [path, wanted] of expected) {
    const found = actual.get(path);
    if (found === undefined) differences.push(`${shown(path)} is missing: a ${wanted.type} was expected.`);
    else differences.push(...factDifferences(path, found, wanted, options));
  }
  for (const [path, found] of actual) {
    if (!expected.has(path)) differences.push(`${shown(path)} is there, a ${found.type}: nothing was expected.`);
  }
  return differences;
}

/** Fails with the differences as its message where two trees are not the same. */
export function assertSameTree(
  actual: TreeSnapshot,
  expected: TreeSnapshot,
  what: string,
  options: CompareOptions = {},
): void {
  const differences = snapshotDifferences(actual, expected, options);
  if (differences.length === 0) return;
  const first = differences.slice(0, SHOWN_DIFFERENCES).join('\n  ');
  const more = differences.length > SHOWN_DIFFERENCES ? `\n  and ${differences.length - SHOWN_DIFFERENCES} more` : '';
  throw new AssertionError({ message: `${what}:\n  ${first}${more}` });
}

function factDifferences(path: string, found: FileFacts, wanted: FileFacts, options: CompareOptions): string[] {
  if (found.type !== wanted.type) return [`${shown(path)} is a ${found.type}, not a ${wanted.type}.`];
  const granularity = BigInt(options.granularity ?? 1);
  const differences: string[] = [];
  const compare = (what: string, is: unknown, should: unknown): void => {
    if (is !== should) differences.push(`${shown(path)} has ${what} ${String(is)}, not ${String(should)}.`);
  };
  compare('mode', found.mode.toString(8), wanted.mode.toString(8));
  compare('owner', `${found.uid}:${found.gid}`, `${wanted.uid}:${wanted.gid}`);
  compare('size', found.size, wanted.size);
  compare('time', found.mtime / granularity, wanted.mtime / granularity);
  compare('device number', found.rdev, wanted.rdev);
  compare('link target', JSON.stringify(found.target), JSON.stringify(wanted.target));
  compare('attributes', JSON.stringify(found.xattrs), JSON.stringify(wanted.xattrs));
  compare('content', found.content, wanted.content);
  compare('names', found.names.map(shown).join(' '), wanted.names.map(shown).join(' '));
  if (options.holes === true) compare('holes', hasHoles(found), hasHoles(wanted));
  return differences;
}

/** Small gaps are the file system's affair: it may allocate in big units, or keep a short file in its inode. */
function hasHoles(facts: FileFacts): boolean {
  return facts.size - facts.allocated > ALLOCATION_SLACK;
}

function shown(path: string): string {
  return path === '' ? 'the root' : JSON.stringify(path.length > 120 ? `${path.slice(0, 117)}...` : path);
}
