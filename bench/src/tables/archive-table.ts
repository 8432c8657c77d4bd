import { type ApplyCase, caseId, type DifferenceCase, type Operation } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import { formatBytes } from '../format-units.ts';
import { samplesByRound, summarizeIn } from '../summaries.ts';
import { type Column, renderTable } from '../text-table.ts';
import { emptyCell, type RenderOptions, shownTargets, timeCell } from './table-cell.ts';

/**
 * The table of what archives cost: `applyDiff` of one, as a time and in megabytes (10⁶ bytes) of content a second, and `changes` and
 * `diff` of a container that has changed some files.
 */
export function renderArchiveTable(result: BenchResult, options: RenderOptions = {}): string {
  const targets = shownTargets(result, options);
  const columns: Column[] = [
    { heading: 'operation' },
    { heading: 'on' },
    ...targets.map((target): Column => ({ heading: target, align: 'right' })),
  ];
  const rows = Object.values(result.cases).flatMap((of) => {
    const times = (operation: Operation): string[] =>
      targets.map((target) =>
        timeCell(result, target, of, summarizeIn(result, samplesByRound(result, target, caseId(of), operation))),
      );
    if (of.workload === 'apply') {
      const what = `${of.files} files of ${formatBytes(of.fileSize)}`;
      return [
        ['apply', what, ...times('apply')],
        ['apply, MB/s', what, ...targets.map((target) => rateCell(result, target, of))],
      ];
    }
    if (of.workload !== 'difference') return [];
    const what = differenceText(of);
    return [
      ['changes', what, ...times('changes')],
      ['diff', what, ...times('diff')],
    ];
  });
  return renderTable(columns, rows, options.format);
}

function rateCell(result: BenchResult, target: string, of: ApplyCase): string {
  const summary = summarizeIn(result, samplesByRound(result, target, caseId(of), 'apply'));
  if (summary === undefined) return emptyCell(result, target, of);
  const rate = (nanoseconds: number): string => ((of.files * of.fileSize * 1000) / nanoseconds).toPrecision(3);
  return `${rate(summary.median)} [${rate(summary.high)}, ${rate(summary.low)}]`;
}

function differenceText({ files, fileSize, changed }: DifferenceCase): string {
  return `${changed} of ${files} files of ${formatBytes(fileSize)}`;
}
