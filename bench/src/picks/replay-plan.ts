import type { Capabilities } from '@graphdriver/core';
import { type CopyTraits, copiesAllBytes } from '../case-cost.ts';
import { formatBytes } from '../format-units.ts';
import type { WorkloadProfile } from '../workload-profiles/workload-profile.ts';

/** Bytes that a slow disk takes in a millisecond, and milliseconds for a file and a container: guesses, for the progress alone. */
const BYTES_PER_MILLISECOND = 512 * 1024;
const FILE_MILLISECONDS = 0.15;
const CONTAINER_MILLISECONDS = 25;

/** What decides whether, and how fast, a driver does a workload in a place. */
export interface ReplayFooting extends CopyTraits {
  readonly maxDepth: Capabilities['maxDepth'];
  /** Free bytes. */
  readonly free: number;
}

/** Why a workload is not to be tried, as a sentence, or `null`. */
export function replayRefusal({ image }: WorkloadProfile, footing: ReplayFooting): string | null {
  const { maxDepth, free } = footing;
  if (maxDepth !== null && image.layers + 1 > maxDepth) {
    return `A container on ${image.layers} layers is deeper than the ${maxDepth} that the driver mounts.`;
  }
  const copies = copiesAllBytes(footing) ? image.layers + 2 : 2;
  const needed = copies * image.size;
  if (needed <= 0.8 * free) return null;
  return `It needs ${formatBytes(needed)} of space; ${formatBytes(free)} are free.`;
}

/** A guess of the milliseconds that a workload takes, its image included. */
export function replayMilliseconds(profile: WorkloadProfile, footing: ReplayFooting): number {
  const { image, containers, firstWrites, laterWrites } = profile;
  const full = copiesAllBytes(footing);
  const tree = image.files * FILE_MILLISECONDS + image.size / BYTES_PER_MILLISECOND;
  const copied = footing.copyOnWrite === 'none' ? image.files * FILE_MILLISECONDS : 0;
  const whole = copied + (full ? image.size / BYTES_PER_MILLISECOND : 0);
  const writes = firstWrites.reduce((sum, { count, size }) => {
    return sum + count * (0.3 + (footing.copyOnWrite === 'file' ? size / BYTES_PER_MILLISECOND : 0));
  }, 0);
  const again = laterWrites.reduce((sum, { count }) => sum + count * 0.03, 0);
  return tree + (image.layers - 1) * (9 + whole) + containers * (CONTAINER_MILLISECONDS + 2 * whole + writes + again);
}
