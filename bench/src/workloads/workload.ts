import type { Driver } from '@graphdriver/core';
import type { BenchCase, CopyUpCase } from '../bench-case.ts';
import type { SampleRecord } from '../bench-result.ts';
import { measureApply } from './apply-workload.ts';
import { measureDifference } from './difference-workload.ts';
import { measureLifecycle } from './lifecycle-workload.ts';
import { measureWhere } from './where-workload.ts';

/** Where a workload runs. */
export interface Stage {
  readonly driver: Driver;
  /** A directory on the file system of the driver's root, which is no layer of anybody. */
  readonly plain: string;
  /** How many samples to take of each operation. */
  readonly samples: number;
  /** Seed of the file contents. */
  readonly seed: number;
  /** Milliseconds for one sample, its preparation included. */
  readonly timeout: number;
  /** Containers are held with `get({ volatile: true })`. */
  readonly volatile: boolean;
  readonly signal: AbortSignal;
}

/** A sample before it is known what it is a sample of. */
export type Measured = Pick<SampleRecord, 'operation' | 'index' | 'nanoseconds' | 'reported' | 'bytes'>;

/** A case that brings its own image, unlike those of the copy_up grid. */
export type LoneCase = Exclude<BenchCase, CopyUpCase>;

/**
 * Measures one case, leaving nothing behind, and returns the samples in the order in which they were taken.
 *
 * @throws {StorageError} `ABORTED`, `TIMED_OUT`, and whatever the driver refuses
 */
export function measureCase(stage: Stage, of: LoneCase): Promise<Measured[]> {
  switch (of.workload) {
    case 'lifecycle':
      return measureLifecycle(stage, of);
    case 'apply':
      return measureApply(stage, of);
    case 'difference':
      return measureDifference(stage, of);
    case 'where':
      return measureWhere(stage, of);
  }
}
