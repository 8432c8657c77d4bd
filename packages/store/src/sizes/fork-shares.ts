import type { ContainerUsage } from './container-usage.ts';

/** A container with what is counted once for all that the driver forked from one another. */
export interface MeasuredContainer {
  readonly usage: ContainerUsage;
  readonly family: string;
  /** Bytes that it shares with others of its family. */
  readonly forkShare: number;
}

/**
 * What containers share with their forks, counted once in each family: the largest of their shares. That is all where each fork was made of
 * the container that had the most, and too little where pairs of one family share what the others do not.
 */
export function forkShares(containers: readonly MeasuredContainer[]): number {
  const largest = new Map<string, number>();
  for (const { family, forkShare } of containers) largest.set(family, Math.max(largest.get(family) ?? 0, forkShare));
  return [...largest.values()].reduce((sum, share) => sum + share, 0);
}

/** The containers of families in which none is running. */
export function idleFamilies(
  containers: readonly MeasuredContainer[],
  running: ReadonlySet<string>,
): readonly MeasuredContainer[] {
  const needed = new Set(containers.filter(({ usage }) => running.has(usage.id)).map(({ family }) => family));
  return containers.filter(({ family }) => !needed.has(family));
}
