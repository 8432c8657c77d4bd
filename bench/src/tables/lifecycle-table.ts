import { caseId, type LifecycleCase, OPERATIONS } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import { formatBytes } from '../format-units.ts';
import { samplesByRound, summarizeIn } from '../summaries.ts';
import { type Column, renderTable } from '../text-table.ts';
import { type RenderOptions, shownTargets, timeCell } from './table-cell.ts';

/** The table of what a container's create, get, put and remove cost, in the manner of `renderCopyUpTable`. */
export function renderLifecycleTable(result: BenchResult, options: RenderOptions = {}): string {
  const labels = shownTargets(result, options);
  const cases = Object.values(result.cases).filter((of): of is LifecycleCase => of.workload === 'lifecycle');
  const columns: Column[] = [
    { heading: 'operation' },
    { heading: 'image' },
    ...labels.map((label): Column => ({ heading: label, align: 'right' })),
  ];
  const rows = OPERATIONS.lifecycle.flatMap((operation) =>
    cases.map((of) => {
      const image = `${formatBytes(of.files * of.fileSize)} in ${of.files} files`;
      const cells = labels.map((label) =>
        timeCell(result, label, of, summarizeIn(result, samplesByRound(result, label, caseId(of), operation))),
      );
      return [operation, image, ...cells];
    }),
  );
  return renderTable(columns, rows, options.format);
}
