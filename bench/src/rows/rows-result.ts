import type { Environment, FilesystemFacts } from '../environment.ts';
import type { Row, RowReading } from './row.ts';

/** The format that this release writes, and the newest that it reads. */
export const ROWS_VERSION = 1;

/** A row as it was measured. */
export interface RowRecord extends Row {
  /** What was found about the place and the material, as sentences: the file system, the size of the archive. */
  readonly facts: readonly string[];
}

/** One sample of one side of a row. */
export interface RowSample extends RowReading {
  /** Id of the row. */
  readonly row: string;
}

/** A row that could not be measured, and why. */
export interface RowSkip {
  readonly row: string;
  /** A sentence. */
  readonly reason: string;
}

/** Everything that a run of rows found out. Tables and charts are made from this alone. */
export interface RowsResult {
  /** Where the format is published, for editors and validators. */
  readonly $schema?: string;
  readonly format: 'graphdriver-rows';
  readonly version: number;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly endedAt: string;
  /** False for a run that was aborted: what it has is right, but it does not have everything. */
  readonly complete: boolean;
  /** Seed of generated files and of resampling. */
  readonly seed: number;
  readonly environment: Environment;
  /** Of the directory that the run was given. Rows that need another one make it in a file there and say so in their facts. */
  readonly filesystem: FilesystemFacts;
  /** All rows that were asked for, in the order in which they were measured. */
  readonly rows: readonly RowRecord[];
  /** In the order in which they were taken. */
  readonly samples: readonly RowSample[];
  readonly skips: readonly RowSkip[];
}
