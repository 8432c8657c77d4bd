import type { BaseArchive } from './base-archive.ts';
import type { Row, RowReading } from './row.ts';
import type { RowSizes } from './row-sizes.ts';

/** Where a row is measured, and with what. */
export interface RowStage {
  /** An empty directory of this row alone, on the file system that the run was given. Removed afterwards, mounts and all. */
  readonly directory: string;
  readonly sizes: RowSizes;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** The command line to be measured, as in `['node', 'main.js']`; `null` where the run was given none. */
  readonly program: readonly string[] | null;
  /** The archive of a root file system, made for the first row that asks and shared by all. */
  archive(): Promise<BaseArchive>;
  /** Keeps a sentence about the place or the material with the row. */
  note(fact: string): void;
  /** Tells which share of the row's samples is taken. */
  progress(fraction: number): void;
}

/** A row, and how it is measured. */
export interface RowProgram {
  readonly row: Row;
  /** Why it cannot be measured here, as a sentence, or `null`. */
  refusal(stage: RowStage): Promise<string | null>;
  /** Measures it. Whatever it leaves in the stage's directory is removed by who calls. */
  measure(stage: RowStage): Promise<readonly RowReading[]>;
}

/** The settings that every sampling of a stage shares. */
export function sampling(
  stage: RowStage,
  pairs: number,
  warmUps: number,
): { pairs: number; warmUps: number; signal: AbortSignal; timeout: number; onProgress: (fraction: number) => void } {
  return { pairs, warmUps, signal: stage.signal, timeout: 120_000, onProgress: (fraction) => stage.progress(fraction) };
}
