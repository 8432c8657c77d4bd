import type { TreeStep } from './random-step.ts';

/** A step of one process of a crowd. */
export interface CrowdStep {
  readonly step: TreeStep;
  readonly tick: number;
  /** The time of what it changes, in nanoseconds since 1970, as a decimal: JSON has no such numbers. */
  readonly time: string;
  /** All processes try the same at about this moment, and one of them can have it. */
  readonly race: boolean;
}

/** What one process of a crowd is to do, as JSON in its one argument. */
export interface CrowdOrder {
  readonly root: string;
  readonly steps: readonly CrowdStep[];
}
