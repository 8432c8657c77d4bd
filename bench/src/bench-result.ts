import type { Capabilities, DriverSettings } from '@graphdriver/core';
import type { BenchCase, Operation } from './bench-case.ts';
import type { Environment, FilesystemFacts } from './environment.ts';

/**
 * The format that this release writes, and the newest that it reads.
 *
 * 1: copy_up without `placement` and `cache`, targets without `settings` and `volatile`, no workloads but copy_up and lifecycle.
 * 2: this one. Version 1 is brought up to it when it is read.
 */
export const RESULT_VERSION = 2;

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
  readonly capabilities: Capabilities | null;
  readonly filesystem: FilesystemFacts;
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
  /** What the container took on the disk after the operation: in `where`, of `create` and `first`. */
  readonly bytes?: number;
  /** The second clock's reading, benchmark.js's, for operations that it ran. */
  readonly reported?: number;
}

/** A case that was not measured on a target, or not to its end, and why. */
export interface SkipRecord {
  readonly target: string;
  readonly case: string;
  /** A sentence. */
  readonly reason: string;
}

/**
 * Everything that a run found out: all samples and what they were taken on.
 * Tables and charts are made from this alone.
 */
export interface BenchResult {
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
  readonly environment: Environment;
  readonly targets: readonly TargetRecord[];
  /** By id. */
  readonly cases: Readonly<Record<string, BenchCase>>;
  /** The processes in the order in which they ran. */
  readonly order: readonly { readonly round: number; readonly target: string }[];
  /** In the order in which they were taken. */
  readonly samples: readonly SampleRecord[];
  readonly skips: readonly SkipRecord[];
}
