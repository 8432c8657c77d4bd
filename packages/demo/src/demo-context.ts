import type { DriverModule } from '@graphdriver/core';
import type { CleanUp } from './clean-up.ts';
import type { DemoDriver } from './demo-drivers.ts';
import type { DemoRecord } from './demo-result.ts';
import type { Place } from './place.ts';
import type { Progress } from './progress.ts';
import type { Story } from './story.ts';
import type { TimeBudget } from './time-budget.ts';

/** What every chapter works with. */
export interface DemoContext {
  readonly story: Story;
  readonly progress: Progress;
  readonly cleanUp: CleanUp;
  readonly budget: TimeBudget;
  readonly signal: AbortSignal;
  /** Leaves out what takes long. */
  readonly quick: boolean;
  /** What is written to the result file, growing chapter by chapter. */
  readonly record: DemoRecord;
}

/** A driver that works at a place. */
export interface Candidate {
  readonly driver: DemoDriver;
  readonly place: Place;
}

/** What the chapter on drivers found out. */
export interface Survey {
  /** The driver that `selectDriver` picked for the first place. */
  readonly picked: DriverModule;
  /** Everything that works somewhere, by place and then in the order of preference. */
  readonly candidates: readonly Candidate[];
}
