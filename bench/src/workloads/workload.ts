import type { BenchCase, GroundCase } from '../bench-case.ts';
import { measureApply } from './apply-workload.ts';
import { measureChain } from './chain-workload.ts';
import { measureConcurrency } from './concurrency-workload.ts';
import { measureCopyUp } from './copy-up-workload.ts';
import { measureDifference } from './difference-workload.ts';
import type { CopyUpGround } from './ground.ts';
import { measureInside } from './inside-workload.ts';
import { measureLifecycle } from './lifecycle-workload.ts';
import { measureMany } from './many-workload.ts';
import { measureSpace } from './space-workload.ts';
import { measureSparse } from './sparse-workload.ts';
import type { Measured, Stage } from './stage.ts';
import { measureTouch } from './touch-workload.ts';
import { measureWhere } from './where-workload.ts';

/** A case that brings its own image, unlike those of the copy_up grid and beside it. */
export type LoneCase = Exclude<BenchCase, GroundCase>;

/**
 * Measures one case on layers that it shares, leaving none of its own behind; otherwise like {@link measureCase}.
 */
export function measureOnGround(stage: Stage, of: GroundCase, ground: CopyUpGround): Promise<Measured[]> {
  switch (of.workload) {
    case 'copy_up':
      return measureCopyUp(stage, of, ground);
    case 'touch':
      return measureTouch(stage, of, ground);
    case 'sparse':
      return measureSparse(stage, of, ground);
    case 'concurrency':
      return measureConcurrency(stage, of, ground);
  }
}

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
    case 'space':
      return measureSpace(stage, of);
    case 'inside':
      return measureInside(stage, of);
    case 'many':
      return measureMany(stage, of);
    case 'chain':
      return measureChain(stage, of);
  }
}
