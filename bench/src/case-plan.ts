import type { Capabilities } from '@graphdriver/core';
import { type BenchCase, caseId, imageBytes, OPERATIONS } from './bench-case.ts';
import type { SkipRecord } from './bench-result.ts';
import { formatBytes } from './format-units.ts';

const MEBIBYTE = 1024 * 1024;

/** A case, and how often it is to be measured in each round. */
export interface PlannedCase {
  readonly case: BenchCase;
  readonly samples: number;
  /** A guess of the time that one round of it takes, for progress bars. */
  readonly milliseconds: number;
}

/** What a plan must fit into. */
export interface PlanLimits {
  readonly copyOnWrite: Capabilities['copyOnWrite'];
  /** Free bytes of the file system. */
  readonly free: number;
  /** The greatest number of bytes that one round of a case may write. */
  readonly budget: number;
}

/** Sorts cases into those that are measured and those that would cost too much, which are skipped with a reason. */
export function planCases(
  cases: readonly BenchCase[],
  limits: PlanLimits,
): { readonly planned: readonly PlannedCase[]; readonly skipped: readonly Omit<SkipRecord, 'target'>[] } {
  const planned: PlannedCase[] = [];
  const skipped: Omit<SkipRecord, 'target'>[] = [];
  for (const of of cases) {
    const samples = samplesPerRound(of);
    const reason = whyTooMuch(of, samples, limits);
    if (reason === undefined) planned.push({ case: of, samples, milliseconds: guessMilliseconds(of, samples, limits) });
    else skipped.push({ case: caseId(of), reason });
  }
  return { planned, skipped };
}

/** The larger the image, the fewer the samples: 8 up to 8 MiB, never fewer than 3. */
export function samplesPerRound(of: BenchCase): number {
  return Math.min(8, Math.max(3, Math.floor((64 * MEBIBYTE) / Math.max(1, imageBytes(of)))));
}

/** Bytes that one round of a case writes at most: the image, the plain copy, and whatever containers copy. */
export function bytesWritten(of: BenchCase, samples: number, copyOnWrite: Capabilities['copyOnWrite']): number {
  const image = imageBytes(of);
  const containers = samples * OPERATIONS[of.workload].length;
  if (of.workload === 'lifecycle') return copyOnWrite === 'none' ? image * (1 + containers) : image;
  if (copyOnWrite === 'none') return image * (of.layers + samples + 1);
  return copyOnWrite === 'file' ? image * (2 + samples) : image * 2;
}

function whyTooMuch(of: BenchCase, samples: number, limits: PlanLimits): string | undefined {
  const written = bytesWritten(of, samples, limits.copyOnWrite);
  if (written > limits.budget) {
    return `One round may write ${formatBytes(written)}, more than the budget of ${formatBytes(limits.budget)}.`;
  }
  const peak = imageBytes(of) * (of.workload === 'copy_up' && limits.copyOnWrite === 'none' ? of.layers + 2 : 3);
  const usable = limits.free * 0.8;
  if (peak > usable) return `It needs ${formatBytes(peak)} of space; ${formatBytes(limits.free)} are free.`;
  return undefined;
}

/** From a two-core machine with a disk of 300 MiB/s. Only the proportions matter once something has been measured. */
function guessMilliseconds(of: BenchCase, samples: number, { copyOnWrite }: PlanLimits): number {
  const megabytes = bytesWritten(of, samples, copyOnWrite) / MEBIBYTE;
  const calls = samples * (of.workload === 'copy_up' ? 15 : 40);
  const building = of.workload === 'copy_up' ? of.layers * 15 : of.files * 0.2;
  return calls + building + (megabytes / 300) * 1000;
}
