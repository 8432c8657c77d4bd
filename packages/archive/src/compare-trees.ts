import { throwIfAborted } from '@graphdriver/core';
import { TimeSlice } from '@graphdriver/host';
import { hasSameContent } from './same-content.ts';
import type { Touched, Tree } from './tree.ts';
import type { TreeChange } from './tree-change.ts';
import { TreeWalk } from './tree-walk.ts';

/** What is known beforehand about two trees that are to be compared. */
export interface CompareOptions {
  /**
   * What can differ at all; everything unless given. `all` holds for everything below the directory as well.
   * All names of a file that has gained a name must be among it.
   */
  readonly touched?: Touched | null | undefined;
  /** When the upper tree was the lower one, in nanoseconds since 1970; without it every file's content is compared. */
  readonly unchangedSince?: bigint | undefined;
  /** Precision of the file system's times in nanoseconds. 1 unless given. */
  readonly timestampGranularity?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

// The kernel stamps files by a clock that ticks at least 100 times a second, and so behind the one that `unchangedSince` comes from.
const CLOCK_TICK = 10_000_000;

/**
 * Yields what has to be done to `lower` to make it `upper`, by path in byte order, a directory before what is in it.
 *
 * A node differs if its type, mode, owner, device number, size, link target, extended attributes or modification time differ (of the
 * root directory only mode, owner and attributes), or if it is a regular file that has been touched since `unchangedSince` and has
 * other content: ctime, which no program can set, tells.
 * Beneath a directory that may have been renamed content is compared too, because a rename leaves no trace on what is inside.
 * A directory in which something differs is itself a `modify`. Of a deleted directory only the top is told.
 * What became something of another type is a `modify`, with all that is in it as `add`.
 * Where a file has gained a name all its names are told, so that whoever makes these changes can link them.
 * Where names of one file have become files of their own, alike in everything, as overlayfs does when one of them is given what it had,
 * nothing is told: they stay one file.
 *
 * Takes time proportional to what can differ, and gives the event loop its turn every few milliseconds.
 *
 * @throws {StorageError} `ABORTED`, `UNREPRESENTABLE` (a path over 4095 bytes), `CORRUPT_LAYER` (no root directory)
 */
export async function* compareTrees(
  upper: Tree,
  lower: Tree,
  options: CompareOptions = {},
): AsyncGenerator<TreeChange, void, undefined> {
  const { signal, unchangedSince } = options;
  const slack = BigInt(Math.max(options.timestampGranularity ?? 1, CLOCK_TICK));
  const slice = new TimeSlice();
  const walk = new TreeWalk({
    upper,
    lower,
    touched: options.touched ?? (() => 'all'),
    unchangedBefore: unchangedSince === undefined ? undefined : unchangedSince - slack,
    slice,
  });
  const steps = walk.steps();
  let answer = false;
  for (;;) {
    throwIfAborted(signal, 'Comparing two trees');
    const { done, value } = steps.next(answer);
    if (done === true) return;
    if (value.kind === 'content') answer = await hasSameContent(value.upper, value.lower, signal);
    else if (value.kind === 'pause') await slice.pause();
    else yield value;
  }
}
