import { linearScale } from '../charts/scale.ts';
import { element, line } from '../charts/svg.ts';
import { type JudgedRow, judgeRows } from '../rows/judge-rows.ts';
import { formatRowValue, renderVerdict } from '../rows/render-rows.ts';
import type { ReportRows } from './report-model.ts';
import type { ReportSection } from './report-section.ts';
import type { ReportCell, ReportRow, ReportTable } from './report-table.ts';

const WIDTH = 168;
/** In targets; what lies beyond stands at the edge. */
const GREATEST = 2;

/** What was promised of speed and size, beside what was measured. */
export function rowsSection(rows: ReportRows): ReportSection {
  return {
    id: rows.id,
    title: 'Rows: measured against what was promised',
    intro: [
      renderVerdict(rows.result).trim(),
      'A row is a ratio measured in one run, what ours takes over what the reference takes for the same work, sample by sample in turn; or an absolute value. ' +
        'The mark is the median, the bar its 95 % interval, the line the target: left of it the promise is kept.',
    ],
    tables: [rowsTable(rows)],
    figures: [],
    more: [],
    environment: rows.environment,
  };
}

function rowsTable({ id, result }: ReportRows): ReportTable {
  return {
    name: id,
    caption: 'Rows: result with its 95 % interval, target and verdict',
    columns: [
      { heading: 'row' },
      { heading: 'result', align: 'right' },
      { heading: 'target', align: 'right' },
      { heading: 'verdict' },
      { heading: 'measured' },
      { heading: 'against' },
    ],
    rows: judgeRows(result).map(rowOf),
  };
}

function rowOf(judged: JudgedRow): ReportRow {
  const { row, verdict, sure, reason } = judged;
  return {
    cells: [
      row.id,
      resultCell(judged),
      row.target === null ? '' : `at most ${formatRowValue(row.target, row.unit)}`,
      reason === null ? (sure ? verdict : `${verdict}, not surely`) : `${verdict}: ${reason}`,
      row.ours,
      row.theirs ?? 'nothing: an absolute value',
    ],
  };
}

function resultCell({ row, summary, verdict }: JudgedRow): string | ReportCell {
  if (summary === null) return '';
  const { median, low, high } = summary;
  const [value, from, to] = [median, low, high].map((one) => formatRowValue(one, row.unit));
  const content = `${value} [${from}, ${to}]`;
  if (row.target === null || row.target <= 0) return content;
  const x = linearScale([0, GREATEST], [4, WIDTH - 4]);
  const [at, start, end] = [median, low, high].map((one) => x(one / (row.target ?? 1)));
  const colour = verdict === 'met' ? 'better' : 'worse';
  const drawn = element(
    'svg',
    { class: 'chart bar', viewBox: `0 0 ${WIDTH} 16`, width: WIDTH, height: 16, 'aria-hidden': 'true' },
    [
      line(4, 8, WIDTH - 4, 8, { class: 'rule' }),
      line(x(1), 0, x(1), 16, { class: 'axis', 'stroke-width': 2 }),
      line(start ?? 0, 8, Math.max(end ?? 0, (start ?? 0) + 1), 8, { class: `span ${colour}` }),
      element('path', { class: `dot ${colour}`, d: `M${(at ?? 0).toFixed(1)} 8h0` }),
    ],
  );
  return { text: content, drawn };
}
