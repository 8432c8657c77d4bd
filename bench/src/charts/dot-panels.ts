import type { Summary } from '../statistics.ts';
import { type Chart, MARGIN, makeChart, textWidth } from './chart.ts';
import { categoryColour } from './colours.ts';
import { decades, type Extent, logScale, powersOfTen, type Scale } from './scale.ts';
import { element, label, line } from './svg.ts';

const PANEL = 150;
/** For the numbers beside the dots, and for air. */
const GAP = 80;
const ROW = 24;

/** Panels that stand side by side. */
export interface DotRow {
  readonly title: string;
  /** As many in each row. In each of them a value for each target. */
  readonly panels: readonly { readonly title: string; readonly values: readonly (Summary | undefined)[] }[];
}

/** What {@link dotChart} draws. */
export interface DotChartPlan {
  readonly name: string;
  readonly title: string;
  readonly subtitles: readonly string[];
  readonly targets: readonly string[];
  readonly rows: readonly DotRow[];
  /** A value in a few characters. */
  readonly format: (value: number) => string;
}

/**
 * A panel per quantity, a line per target, and as many rows of panels as there are. The scale is logarithmic and the same in all of
 * them, so the medians are dots with their 95 % intervals: a bar would begin at a zero that is not there.
 *
 * `undefined` where there is nothing to draw.
 */
export function dotChart({ name, title, subtitles, targets, rows, format }: DotChartPlan): Chart | undefined {
  const medians = rows.flatMap(({ panels }) =>
    panels.flatMap(({ values }) => values.map((value) => value?.median ?? 0)),
  );
  const domain = decades(medians);
  if (domain === undefined) return undefined;
  const left = MARGIN + Math.max(...targets.map(textWidth)) + 10;
  const x = logScale(domain, [0, PANEL]);
  const band = targets.length * ROW + 66;
  const body = rows.flatMap((row, index) => {
    const top = index * band;
    const names = targets.map((target, at) =>
      label(target, left - 10, top + 40 + (at + 0.5) * ROW + 4, { 'text-anchor': 'end' }),
    );
    const panels = row.panels.map((panel, column) =>
      element('g', { transform: `translate(${left + column * (PANEL + GAP)} ${top + 40})` }, [
        label(panel.title, 0, -8, { class: 'heading' }),
        ...grid(domain, x, targets.length * ROW, format),
        ...targets.flatMap((_, at) => dot(panel.values[at], at, x, format)),
      ]),
    );
    return [label(row.title, MARGIN, top + 14, { class: 'faint' }), ...names, ...panels];
  });
  const columns = Math.max(...rows.map(({ panels }) => panels.length));
  return makeChart({
    name,
    title,
    subtitles,
    width: Math.max(left + columns * (PANEL + GAP) + MARGIN, 760),
    height: rows.length * band,
    body,
  });
}

function grid(domain: Extent, x: Scale, height: number, format: DotChartPlan['format']): string[] {
  const powers = powersOfTen(domain);
  const every = Math.ceil(powers.length / 4);
  return powers.flatMap((value, index) => [
    line(x(value), 0, x(value), height, { class: 'rule' }),
    ...(index % every === 0
      ? [label(format(value), x(value), height + 16, { class: 'faint', 'text-anchor': 'middle' })]
      : []),
  ]);
}

function dot(summary: Summary | undefined, index: number, x: Scale, format: DotChartPlan['format']): string[] {
  const y = (index + 0.5) * ROW;
  if (summary === undefined) return [label('not measured', 4, y + 4, { class: 'faint' })];
  const colour = categoryColour(index);
  const at = x(summary.median);
  return [
    line(x(summary.low), y, x(summary.high), y, { stroke: colour, 'stroke-width': 6, 'stroke-opacity': 0.35 }),
    element('circle', { cx: at, cy: y, r: 4.5, fill: colour }),
    label(format(summary.median), PANEL + 8, y + 4),
  ];
}
