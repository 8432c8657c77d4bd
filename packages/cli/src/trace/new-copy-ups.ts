import type { CopyUpRecord, LayerTrace } from '@graphdriver/core';

/**
 * The copy_ups of `next` that `last` had not told yet, and how many there were between the two that nobody remembers.
 * A count that has become smaller is that of a server which has taken over: all of its copy_ups are new.
 */
export function newCopyUps(
  last: LayerTrace,
  next: LayerTrace,
): { readonly copyUps: readonly CopyUpRecord[]; readonly missed: number } {
  const before = last.counters.copyUps <= next.counters.copyUps ? last.counters.copyUps : 0;
  const count = next.counters.copyUps - before;
  const copyUps = count === 0 ? [] : next.copyUps.slice(-count);
  return { copyUps, missed: count - copyUps.length };
}
