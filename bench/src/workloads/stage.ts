import type { Driver } from '@graphdriver/core';
import type { SampleRecord } from '../bench-result.ts';

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
export type Measured = Omit<SampleRecord, 'target' | 'case' | 'round'>;
