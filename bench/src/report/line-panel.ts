import { type Extent, logScale, powersOfTen, type Scale } from '../charts/scale.ts';
import { shortTime } from '../charts/short-units.ts';
import { element, label, line } from '../charts/svg.ts';
import type { Summary } from '../statistics.ts';
import type { Facets } from './facets.ts';
import type { LegendEntry, Panel } from './figure.ts';
import { targetClass } from './theme.ts';

/** A measured point of a line. */
export interface LinePoint {
  readonly x: number;
  readonly summary: Summary;
}

/** What a panel of lines shows. */
export interface LinePlan {
  readonly title: string;
  readonly facets: Facets;
  /** Under the axis, as in `file size`. */
  readonly axis: string;
  /** Values of the factor, ascending, at least two; each is written under the axis. */
  readonly ticks: readonly number[];
  /** A tick in one or two lines. */
  readonly tickText: (value: number) => readonly string[];
  readonly domain: Extent;
  readonly lines: readonly { readonly target: LegendEntry; readonly points: readonly LinePoint[] }[];
}

const PLOT = { width: 236, height: 224 } as const;
const LEFT = 54;
const TOP = 28;
const LABELS = 160;
/** Points of one value stand so far apart, so that intervals do not hide each other. */
const DODGE = 2.5;
const LABEL_HEIGHT = 14;

/** A line for each target on log scales, with intervals as bars and the target's name at its end. */
export function linePanel({ title, facets, axis, ticks, tickText, domain, lines }: LinePlan): Panel {
  const x = logScale([ticks[0] ?? 1, ticks.at(-1) ?? 2], [16, PLOT.width - 16]);
  const y = logScale(domain, [PLOT.height, 0]);
  const drawn = lines.map(({ target, points }, index) => {
    const shift = (index - (lines.length - 1) / 2) * DODGE;
    return { target, places: points.map((point) => placeOf(point, shift, x, y)) };
  });
  const names = spread(
    drawn.flatMap(({ target, places }) => {
      const last = places.at(-1);
      return last === undefined ? [] : [{ target, from: last, y: last.y }];
    }),
  );
  const body = [
    label(title, LEFT, 14, { class: 'heading' }),
    element('g', { transform: `translate(${LEFT} ${TOP})` }, [
      ...axes({ axis, ticks, tickText, domain }, x, y),
      ...drawn.map(({ target, places }) => curve(target, places)),
      ...names.map(nameAtEnd),
    ]),
  ];
  return {
    title,
    facets,
    width: LEFT + PLOT.width + LABELS,
    narrowWidth: LEFT + PLOT.width,
    height: TOP + PLOT.height + 56,
    body,
  };
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
}

function placeOf({ x: value, summary }: LinePoint, shift: number, x: Scale, y: Scale): Place {
  return { x: x(value) + shift, y: y(summary.median), low: y(summary.low), high: y(summary.high) };
}

function axes(
  { axis, ticks, tickText, domain }: Pick<LinePlan, 'axis' | 'ticks' | 'tickText' | 'domain'>,
  x: Scale,
  y: Scale,
): string[] {
  const levels = powersOfTen(domain).flatMap((value) => [
    line(0, y(value), PLOT.width, y(value), { class: 'rule' }),
    label(shortTime(value), -8, y(value) + 4, { 'text-anchor': 'end' }),
  ]);
  const marks = ticks.flatMap((value) =>
    tickText(value).map((part, index) =>
      label(part, x(value), PLOT.height + 17 + index * 13, { 'text-anchor': 'middle', class: 'small' }),
    ),
  );
  const below = PLOT.height + 23 + 13 * Math.max(1, ...ticks.map((value) => tickText(value).length));
  const name = label(axis, PLOT.width / 2, below, { class: 'faint', 'text-anchor': 'middle' });
  return [...levels, line(0, PLOT.height, PLOT.width, PLOT.height, { class: 'axis' }), ...marks, name];
}

function curve(target: LegendEntry, places: readonly Place[]): string {
  const path = (draw: (place: Place, index: number) => string): string => places.map(draw).join('');
  const colour = targetClass(target.index);
  const shapes =
    places.length === 0
      ? []
      : [
          element('path', {
            class: `interval ${colour}`,
            d: path(({ x, low, high }) => `M${n(x)} ${n(low)}V${n(high)}`),
          }),
          element('path', {
            class: `line ${colour}`,
            d: path(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${n(x)} ${n(y)}`),
          }),
          element('path', { class: `dot ${colour}`, d: path(({ x, y }) => `M${n(x)} ${n(y)}h0`) }),
        ];
  return element('g', { 'data-target': target.index }, shapes);
}

interface EndName {
  readonly target: LegendEntry;
  readonly from: Place;
  readonly y: number;
}

/** Moves names apart that would overlap, in their order from top to bottom. */
function spread(names: readonly EndName[]): EndName[] {
  const sorted = names.toSorted((a, b) => a.y - b.y);
  const down: EndName[] = [];
  for (const name of sorted) {
    const free = (down.at(-1)?.y ?? Number.NEGATIVE_INFINITY) + LABEL_HEIGHT;
    down.push({ ...name, y: Math.max(name.y, free) });
  }
  const up: EndName[] = [];
  let limit: number = PLOT.height - 4;
  for (const name of down.toReversed()) {
    const y = Math.min(name.y, limit);
    up.push({ ...name, y });
    limit = y - LABEL_HEIGHT;
  }
  return up;
}

function nameAtEnd({ target, from, y }: EndName): string {
  const [start, end] = [PLOT.width + 1, PLOT.width + 11];
  return element('g', { 'data-target': target.index }, [
    element('path', {
      class: `${targetClass(target.index)}`,
      fill: 'none',
      'stroke-opacity': 0.5,
      d: `M${start} ${n(from.y)}L${end} ${n(y)}`,
    }),
    label(clipped(target.name), end + 3, y + 4, { class: `small ${targetClass(target.index)}` }),
  ]);
}

const LONGEST = 25;

function clipped(name: string): string {
  return name.length <= LONGEST ? name : `${name.slice(0, LONGEST - 1)}…`;
}

function n(value: number): string {
  return String(Number(value.toFixed(1)));
}
