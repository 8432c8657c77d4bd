import type { DriverModule } from '@graphdriver/core';

/** A driver with exactly one defect, and the checks that have to notice it. */
export interface Saboteur {
  /** What is wrong with it, in a few words with dashes: `changes-forget-deletions`. */
  readonly name: string;
  /** What is wrong with it, as a sentence. */
  readonly defect: string;
  readonly module: DriverModule;
  /** How another process finds the same driver. */
  readonly source: { readonly specifier: string; readonly export: string };
  /** Ids of the checks that must fail. */
  readonly trips: readonly string[];
  /** Ids of checks that look at something near the defect, and must still pass. */
  readonly spares: readonly string[];
}
