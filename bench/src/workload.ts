import type { LayerDriver } from '@graphdriver/core';
import type { BenchCase } from './bench-case.ts';
import type { SampleRecord } from './bench-result.ts';
import { measureCopyUp } from './copy-up-workload.ts';
import { measureLifecycle } from './lifecycle-workload.ts';

/** Where a workload runs. */
export interface Stage {
  readonly driver: LayerDriver;
  /** An empty directory on the file system of the driver's root, which is no layer of anybody. */
  readonly plain: string;
  /** How many samples to take of each operation. */
  readonly samples: number;
  /** Seed of the file contents. */
  readonly seed: number;
  /** Milliseconds for one sample, its preparation included. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** A sample before it is known what it is a sample of. */
export type Measured = Pick<SampleRecord, 'operation' | 'index' | 'nanoseconds' | 'reported'>;

/**
 * Measures one case, leaving nothing behind, and returns the samples in the order in which they were taken.
 *
 * @throws {StorageError} `ABORTED`, `TIMED_OUT`, and whatever the driver refuses
 */
export function measureCase(stage: Stage, of: BenchCase): Promise<Measured[]> {
  return of.workload === 'copy_up' ? measureCopyUp(stage, of) : measureLifecycle(stage, of);
}
