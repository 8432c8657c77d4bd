import { type JudgedRow, judgeRows } from '../rows/judge-rows.ts';
import { formatRowValue } from '../rows/render-rows.ts';
import type { RowsResult } from '../rows/rows-result.ts';
import { type Chart, MARGIN, makeChart, textWidth } from './chart.ts';
import { VERDICT_COLOURS } from './colours.ts';
import { linearScale, type Scale } from './scale.ts';
import { element, label, line } from './svg.ts';

const PLOT = 380;
const ROW = 30;
/** In targets. What lies beyond is drawn at the edge, and its number says the rest. */
const GREATEST = 2;

/**
 * Every row that has a target: its result with the 95 % interval, as a share of the target, so that ratios, times and sizes stand on
 * one scale. Left of the line the promise is kept.
 */
export function rowsChart(result: RowsResult): Chart | undefined {
  const judged = judgeRows(result).filter(({ row }) => row.target !== null);
  if (judged.every(({ summary }) => summary === null)) return undefined;
  const left = MARGIN + Math.max(...judged.map(({ row }) => textWidth(row.id))) + 12;
  const x = linearScale([0, GREATEST], [left, left + PLOT]);
  const bottom = judged.length * ROW;
  const ticks = [0, 0.5, 1, 1.5, 2].flatMap((share) => [
    ...(share === 1 ? [] : [line(x(share), 0, x(share), bottom, { class: 'rule' })]),
    label(share === 1 ? 'target' : `${share * 100} %`, x(share), bottom + 18, { 'text-anchor': 'middle' }),
  ]);
  const body = [
    ...ticks,
    line(x(1), -6, x(1), bottom + 4, { class: 'target' }),
    ...judged.flatMap((one, index) => rowMarks(one, (index + 0.5) * ROW, x, left)),
  ];
  const numbers = Math.max(...judged.map((one) => textWidth(resultText(one))));
  return makeChart({
    name: 'rows.svg',
    title: 'Measured against what was promised',
    subtitles: [
      'Median with its 95 % interval as a share of the target; left of the line the target is met.',
      `What is beyond ${GREATEST} targets stands at the edge.`,
    ],
    width: left + PLOT + 24 + numbers + MARGIN,
    height: bottom + 24,
    body,
  });
}

function rowMarks(judged: JudgedRow, y: number, x: Scale, left: number): string[] {
  const { row, verdict, summary } = judged;
  const name = label(row.id, left - 12, y + 4, { 'text-anchor': 'end' });
  const numbers = label(resultText(judged), left + PLOT + 24, y + 4, summary === null ? { class: 'faint' } : {});
  const target = row.target ?? 1;
  if (summary === null) return [name, numbers];
  const colour = verdict === 'met' ? VERDICT_COLOURS.met : VERDICT_COLOURS.missed;
  return [
    name,
    line(x(summary.low / target), y, x(summary.high / target), y, {
      stroke: colour,
      'stroke-width': 8,
      'stroke-opacity': 0.35,
    }),
    element('circle', { cx: x(summary.median / target), cy: y, r: 5.5, fill: colour }),
    numbers,
  ];
}

function resultText({ row, verdict, summary }: JudgedRow): string {
  if (summary === null) return 'not measured';
  return `${formatRowValue(summary.median, row.unit)}, at most ${formatRowValue(row.target ?? 0, row.unit)}: ${verdict}`;
}
