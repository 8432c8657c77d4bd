import type { BenchCase, CopyUpCase } from '../bench-case.ts';
import { measureApply } from './apply-workload.ts';
import { measureDifference } from './difference-workload.ts';
import { measureLifecycle } from './lifecycle-workload.ts';
import type { Measured, Stage } from './stage.ts';
import { measureWhere } from './where-workload.ts';

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
