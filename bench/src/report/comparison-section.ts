import { logScale } from '../charts/scale.ts';
import { element, line } from '../charts/svg.ts';
import type { Comparison, JudgedRatio } from '../evidence/comparison.ts';
import { verdictSentence } from '../evidence/render-comparison.ts';
import { formatNanoseconds } from '../format-units.ts';
import type { ReportSection } from './report-section.ts';
import type { ReportCell, ReportColumn, ReportRow, ReportTable } from './report-table.ts';

const WIDTH = 180;
/** As a factor both ways; what lies beyond stands at the edge. */
const REACH = 4;

/** How a comparison is called. */
export interface ComparisonNames {
  /** Unique on the page. */
  readonly id: string;
  readonly title: string;
  readonly before: string;
  readonly after: string;
}

/** Two runs compared: the verdict, what else was different, operations over all cases, and every case. */
export function comparisonSection(
  comparison: Comparison,
  { id, title, before, after }: ComparisonNames,
): ReportSection {
  const { environment, operations, cases, margin } = comparison;
  const tests = [...operations, ...cases].filter(({ control }) => !control).length;
  return {
    id,
    title,
    intro: [
      `${verdictSentence(comparison)} Before: ${before}. After: ${after}.`,
      ...comparison.notes,
      `Ratios are after over before: left of the line after is faster, and what is beyond a factor of ${REACH} stands at the edge. 20 % trimmed means of the logarithms of ratios with 95 % intervals; verdicts regard all ${tests} tests (Holm), and what lies surely within ${percent(margin)} is the same. Plain writes are a control: where they differ, the machines do.`,
    ],
    tables: [
      ...(environment.length === 0 ? [] : [environmentTable(id, comparison)]),
      operationTable(id, comparison),
      caseTable(id, comparison),
    ],
    figures: [],
    more: [],
  };
}

function environmentTable(id: string, { environment }: Comparison): ReportTable {
  return {
    name: `${id}-differences`,
    caption: 'What else was different, and may be why',
    columns: [{ heading: 'what' }, { heading: 'before' }, { heading: 'after' }],
    rows: environment.map(({ what, before, after }): ReportRow => ({ cells: [what, before, after] })),
  };
}

const JUDGED: readonly ReportColumn[] = [
  { heading: 'after / before', align: 'right' },
  { heading: 'slower in', align: 'right' },
  { heading: 'finds', align: 'right' },
  { heading: 'pairs', align: 'right' },
  { heading: 'verdict' },
];

function operationTable(id: string, { operations, margin }: Comparison): ReportTable {
  return {
    name: `${id}-operations`,
    caption: 'Operations over all cases of a workload',
    columns: [
      { heading: 'target' },
      { heading: 'workload' },
      { heading: 'operation' },
      { heading: 'cases', align: 'right' },
      ...JUDGED,
    ],
    rows: operations.map(
      (row): ReportRow => ({
        cells: [row.target, row.workload, row.operation, String(row.cases), ...judgedCells(row, margin)],
      }),
    ),
  };
}

function caseTable(id: string, { cases, margin }: Comparison): ReportTable {
  const called = ({ verdict }: JudgedRatio): number => (verdict === 'slower' || verdict === 'faster' ? 0 : 1);
  const ranked = cases.toSorted(
    (a, b) => called(a) - called(b) || a.p - b.p || Math.abs(Math.log(b.ratio)) - Math.abs(Math.log(a.ratio)),
  );
  return {
    name: `${id}-cases`,
    caption: 'Every case, those that differ most surely first',
    columns: [
      { heading: 'case' },
      { heading: 'operation' },
      { heading: 'target' },
      { heading: 'before', align: 'right' },
      { heading: 'after', align: 'right' },
      ...JUDGED,
    ],
    rows: ranked.map(
      (row): ReportRow => ({
        cells: [
          row.case,
          row.operation,
          row.target,
          formatNanoseconds(row.before),
          formatNanoseconds(row.after),
          ...judgedCells(row, margin),
        ],
      }),
    ),
  };
}

function judgedCells(row: JudgedRatio, margin: number): (string | ReportCell)[] {
  return [
    ratioCell(row, margin),
    percent(row.slowerShare),
    Number.isFinite(row.detectable) ? `+${percent(row.detectable - 1)}` : '',
    row.unit === 'round' ? String(row.observations) : `${row.observations} samples`,
    row.control ? `${row.verdict} (plain)` : row.verdict,
  ];
}

/** The ratio with its interval, on a log scale with the margin as a band. */
function ratioCell({ ratio, low, high, verdict, control }: JudgedRatio, margin: number): ReportCell {
  const known = Number.isFinite(high);
  const content = `${ratio.toFixed(2)} ${known ? `[${low.toFixed(2)}, ${high.toFixed(2)}]` : '[unknown]'}`;
  const x = logScale([1 / REACH, REACH], [4, WIDTH - 4]);
  const colour = control ? 'even' : verdict === 'slower' ? 'worse' : verdict === 'faster' ? 'better' : 'even';
  const start = x(known ? low : ratio);
  const drawn = element(
    'svg',
    { class: 'chart bar', viewBox: `0 0 ${WIDTH} 16`, width: WIDTH, height: 16, 'aria-hidden': 'true' },
    [
      element('rect', {
        class: 'band',
        x: x(1 / (1 + margin)),
        y: 0,
        width: x(1 + margin) - x(1 / (1 + margin)),
        height: 16,
      }),
      line(4, 8, WIDTH - 4, 8, { class: 'rule' }),
      line(x(1), 0, x(1), 16, { class: 'axis' }),
      line(start, 8, Math.max(x(known ? high : ratio), start + 1), 8, { class: `span ${colour}` }),
      element('path', { class: `dot ${colour}`, d: `M${x(ratio).toFixed(1)} 8h0` }),
    ],
  );
  return { text: content, drawn };
}

function percent(share: number): string {
  const value = share * 100;
  return `${Math.abs(value) < 10 ? Number(value.toFixed(1)) : Math.round(value)} %`;
}
