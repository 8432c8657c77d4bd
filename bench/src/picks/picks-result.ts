import type { Environment, FilesystemFacts } from '../environment.ts';
import type { WorkloadProfile } from '../workload-profiles/workload-profile.ts';
import type { ReplayParts } from './replay.ts';

/** The format that this release writes, and the newest that it reads. */
export const PICKS_VERSION = 1;

/** Where a prediction comes from: the costs that the program brings, or a measurement of one minute in the same place. */
export type PredictionSource = 'published' | 'measured';

/** What a workload should cost on a driver. Nanoseconds. */
export interface PickPrediction {
  readonly by: PredictionSource;
  /** Name of the workload. */
  readonly workload: string;
  readonly driver: string;
  /** Where its costs were measured, as in `overlay2 on ext4`. */
  readonly target: string;
  readonly total: number;
  readonly low: number;
  readonly high: number;
}

/** What a workload did cost on a driver, once. */
export interface PickRun {
  readonly workload: string;
  readonly driver: string;
  /** Counted from 0. Every round of a driver is a process of its own. */
  readonly round: number;
  /** Nanoseconds, by kind of operation. */
  readonly parts: ReplayParts;
}

/** A workload that a driver did not do, and why. */
export interface PickSkip {
  readonly workload: string;
  readonly driver: string;
  /** A sentence. */
  readonly reason: string;
}

/** Everything that a run of picks found out: what was foreseen of each workload on each driver, and what it was. */
export interface PicksResult {
  readonly format: 'graphdriver-picks';
  readonly version: number;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly endedAt: string;
  /** False for a run that was aborted. */
  readonly complete: boolean;
  readonly seed: number;
  readonly rounds: number;
  readonly environment: Environment;
  readonly filesystem: FilesystemFacts;
  /** As they were done: less of the same than what goes by these names elsewhere. */
  readonly workloads: readonly WorkloadProfile[];
  readonly drivers: readonly string[];
  readonly predictions: readonly PickPrediction[];
  /** In the order in which they were done. */
  readonly runs: readonly PickRun[];
  readonly skips: readonly PickSkip[];
}
