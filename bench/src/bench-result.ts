import type { Capabilities, DriverSettings } from '@graphdriver/core';
import type { BenchCase, Operation } from './bench-case.ts';
import type { Environment, FilesystemFacts } from './environment.ts';
import type { EnvironmentDifference } from './evidence/environment-difference.ts';

/**
 * The format that this release writes, and the newest that it reads.
 *
 * 1: copy_up without `placement` and `cache`, targets without `settings` and `volatile`, no workloads but copy_up and lifecycle.
 * 2: this one. Version 1 is brought up to it when it is read.
 */
export const RESULT_VERSION = 2;

/** What a driver promised when it was measured. Results from before there were forks do not say whether it could. */
export type MeasuredCapabilities = Omit<Capabilities, 'forks'> & Partial<Pick<Capabilities, 'forks'>>;

/** What was measured: a driver in a directory, used in a certain way. */
export interface TargetRecord {
  /** The heading of its column, as in `overlay2 on xfs`. */
  readonly label: string;
  readonly driver: string;
  /** What its root was opened with; empty for the driver's defaults. */
  readonly settings: DriverSettings;
  /** Containers were held with `get({ volatile: true })`. */
  readonly volatile: boolean;
  /** `null` where the driver does not work: all cases are then skipped. */
  readonly capabilities: MeasuredCapabilities | null;
  readonly filesystem: FilesystemFacts;
  /** Copies of files share their blocks there. `null` where the driver does not work; not in results of earlier releases. */
  readonly reflinks?: boolean | null;
}

/** One timed operation. */
export interface SampleRecord {
  readonly target: string;
  /** Key of {@link BenchResult.cases}. */
  readonly case: string;
  readonly operation: Operation;
  /** Counted from 0. Every round of a target is a process of its own. */
  readonly round: number;
  /** Counted from 0 within round, case and operation. Operations of one index of a copy_up case belong together. */
  readonly index: number;
  readonly nanoseconds: number;
  /**
   * What the container took on the disk after the operation: in `where`, of `create` and `first`; in `space`, while there is one.
   * In `sparse`, what the file took, of `plain` and `first`.
   */
  readonly bytes?: number;
  /**
   * In `space`: how many bytes more of the file system were in use after the step and a sync than before the container was created, or
   * than before the step where that has no container; negative for fewer.
   */
  readonly allocated?: number;
  /** In `space`: bytes that were written to the file system's devices from the beginning of the step to the end of the sync after it. */
  readonly deviceBytes?: number;
  /** The second clock's reading, benchmark.js's, for operations that it ran. */
  readonly reported?: number;
}

/** A case that was not measured on a target, or not to its end, and why. */
export interface SkipRecord {
  readonly target: string;
  readonly case: string;
  /** A sentence. */
  readonly reason: string;
  /** The round in which it failed; none where it was not tried. */
  readonly round?: number;
}

/** What bounded a run: the same for all of its rounds, and for those that are added later. */
export interface RunConfiguration {
  /** Bytes that a round of a case may write. */
  readonly budget: number;
  /** Milliseconds that a round of a case may take. */
  readonly patience: number;
  /** The greatest number of samples of a case in a round. */
  readonly mostSamples: number;
  /** Milliseconds for one sample. */
  readonly timeout: number;
}

/** Rounds were added to a result later. */
export interface Continuation {
  /** RFC 3339. */
  readonly startedAt: string;
  /** What had changed since the run began, and was accepted. */
  readonly differences: readonly EnvironmentDifference[];
}

/**
 * Everything that a run found out: all samples and what they were taken on.
 * Tables and charts are made from this alone.
 */
export interface BenchResult {
  /** Where the format is published, for editors and validators. */
  readonly $schema?: string;
  readonly format: 'graphdriver-bench';
  readonly version: number;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly endedAt: string;
  /** False for a run that was aborted: what it has is right, but it does not have everything. */
  readonly complete: boolean;
  /** Seed of file contents, of orders and of resampling. */
  readonly seed: number;
  readonly rounds: number;
  /** Not in results of earlier releases. */
  readonly configuration?: RunConfiguration;
  /** Of when the run began. */
  readonly environment: Environment;
  /** When rounds were added, in the order of time; none where all were taken in one go. */
  readonly continued?: readonly Continuation[];
  readonly targets: readonly TargetRecord[];
  /** By id. */
  readonly cases: Readonly<Record<string, BenchCase>>;
  /** The processes in the order in which they ran. */
  readonly order: readonly { readonly round: number; readonly target: string }[];
  /** In the order in which they were taken. */
  readonly samples: readonly SampleRecord[];
  readonly skips: readonly SkipRecord[];
}
