import type { Figure } from './figure.ts';
import type { ReportTable } from './report-table.ts';

/** A part of a report under a heading. */
export interface ReportSection {
  /** Unique in the report. */
  readonly id: string;
  readonly title: string;
  /** Paragraphs. */
  readonly intro: readonly string[];
  /** Tables that are part of the text and not hidden behind a chart. */
  readonly tables: readonly ReportTable[];
  readonly figures: readonly Figure[];
  /** The same for other values of the factors: folded away until somebody asks for them. */
  readonly more: readonly Figure[];
  /** What stands under the tables: machine, software, date. */
  readonly environment?: string;
}
