import { formatBytes, formatNanoseconds } from '../format-units.ts';
import type { Summary } from '../statistics.ts';
import { type Column, renderTable, type TableFormat } from '../text-table.ts';
import { type JudgedRow, judgeRows } from './judge-rows.ts';
import type { RowUnit } from './row.ts';
import type { RowsResult } from './rows-result.ts';

const COLUMNS: readonly Column[] = [
  { heading: 'row' },
  { heading: 'measured' },
  { heading: 'against' },
  { heading: 'ours', align: 'right' },
  { heading: 'theirs', align: 'right' },
  { heading: 'result', align: 'right' },
  { heading: 'target', align: 'right' },
  { heading: 'verdict' },
];

/**
 * The rows as a table: what was measured against what, the medians of both sides, the result with its 95 % interval, the target,
 * and whether it was met. Under it a line for each row that could not be measured, with the reason.
 */
export function renderRows(result: RowsResult, format: TableFormat = 'text'): string {
  const judged = judgeRows(result);
  const table = renderTable(COLUMNS, judged.map(cells), format);
  const bullet = format === 'markdown' ? '- ' : '';
  const reasons = judged.flatMap(({ row, reason }) =>
    reason === null ? [] : [`${bullet}${row.id} could not be measured: ${reason}\n`],
  );
  return [table, reasons.join('')].filter((part) => part !== '').join('\n');
}

/** What exactly each row compares, and on what: for under the table. */
export function renderRowNotes(result: RowsResult, format: TableFormat = 'text'): string {
  return result.rows
    .map(({ id, why, facts }) => {
      const name = format === 'markdown' ? `- \`${id}\`` : id;
      return `${name}: ${[why, ...facts].join(' ')}\n`;
    })
    .join('');
}

/** How many targets were met, as a sentence. */
export function renderVerdict(result: RowsResult): string {
  const judged = judgeRows(result).filter(({ row }) => row.target !== null);
  const having = (verdict: string): readonly string[] =>
    judged.filter((candidate) => candidate.verdict === verdict).map(({ row }) => row.id);
  const [met, missed, missing] = [having('met'), having('missed'), having('not measured')];
  const parts = [`${met.length} of ${judged.length} targets are met`];
  if (missed.length > 0) parts.push(`missed: ${missed.join(', ')}`);
  if (missing.length > 0) parts.push(`not measured: ${missing.join(', ')}`);
  return `${parts.join('; ')}.\n`;
}

/** A value of a row in its unit: `1.85`, `0.27 ms`, `12.1 KiB`. */
export function formatRowValue(value: number, unit: RowUnit): string {
  if (unit === 'times') return value.toFixed(2);
  return unit === 'bytes' ? formatBytes(value) : formatNanoseconds(value);
}

function cells({ row, verdict, sure, summary, ours, theirs }: JudgedRow): string[] {
  const side = (value: number | null): string =>
    value === null ? '' : formatRowValue(value, row.unit === 'times' ? 'nanoseconds' : row.unit);
  return [
    row.id,
    row.ours,
    row.theirs ?? '',
    side(ours),
    side(theirs),
    summary === null ? '' : formatSummary(summary, row.unit),
    row.target === null ? '' : `≤ ${formatRowValue(row.target, row.unit)}`,
    sure ? verdict : `${verdict}, not surely`,
  ];
}

function formatSummary({ median, low, high }: Summary, unit: RowUnit): string {
  return `${formatRowValue(median, unit)} [${formatRowValue(low, unit)}, ${formatRowValue(high, unit)}]`;
}
