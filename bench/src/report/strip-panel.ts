import { type Extent, logScale, powersOfTen, type Scale } from '../charts/scale.ts';
import { shortTime } from '../charts/short-units.ts';
import { element, label, line } from '../charts/svg.ts';
import { formatInterval } from '../format-units.ts';
import type { Summary } from '../statistics.ts';
import type { Facets } from './facets.ts';
import type { LegendEntry, Panel } from './figure.ts';
import { targetClass } from './theme.ts';

/** The samples of one target. */
export interface Strip {
  readonly target: LegendEntry;
  /** Nanoseconds, or what the plan has words for. */
  readonly samples: readonly number[];
  /** What the same work took without a driver; empty where there is no such thing. */
  readonly floor: readonly number[];
  readonly summary: Summary | undefined;
  /** What stands in place of the numbers where nothing was measured. */
  readonly absent: string;
}

/** What a panel of strips shows. */
export interface StripPlan {
  readonly title: string;
  readonly facets: Facets;
  readonly domain: Extent;
  readonly strips: readonly Strip[];
  /** How values are written; as times unless given. */
  readonly words?: AmountWords;
}

/** A kind of value in words. */
export interface AmountWords {
  /** In a few characters, for axes. */
  readonly short: (value: number) => string;
  readonly interval: (value: number, low: number, high: number) => string;
}

const TIMES: AmountWords = { short: shortTime, interval: formatInterval };

const WIDTH = 304;
const EDGE = 6;
const TOP = 42;
const ROW = 34;
/** More samples than this are drawn as every second, third, ... of the sorted ones: the eye sees no difference, the page does. */
const MOST_DOTS = 400;

/** A line for each target with every sample as a dot, the median and its interval over them, and the numbers beside the name. */
export function stripPanel({ title, facets, domain, strips, words = TIMES }: StripPlan): Panel {
  const x = logScale(domain, [EDGE, WIDTH - EDGE]);
  const bottom = TOP + strips.length * ROW + 6;
  const powers = powersOfTen(domain);
  const every = Math.ceil(powers.length / 6);
  const grid = powers.flatMap((value, index) => [
    line(x(value), TOP - 4, x(value), bottom, { class: 'rule' }),
    ...(index === powers.length - 1
      ? []
      : [2, 5].map((part) => line(x(value * part), TOP - 4, x(value * part), bottom, { class: 'minor' }))),
    ...(index % every === 0
      ? [tick(words.short(value), x(value), index === 0 ? 'start' : index === powers.length - 1 ? 'end' : 'middle')]
      : []),
  ]);
  const body = [
    label(title, 0, 14, { class: 'heading' }),
    ...grid,
    ...strips.map((strip, index) => stripMarks(strip, TOP + index * ROW, x, words)),
  ];
  return { title, facets, width: WIDTH, height: bottom, row: ROW, body };
}

function tick(content: string, place: number, anchor: string): string {
  const at = anchor === 'start' ? 0 : anchor === 'end' ? WIDTH : place;
  return label(content, at, TOP - 8, { class: 'faint small', 'text-anchor': anchor });
}

function stripMarks(
  { target, samples, floor, summary, absent }: Strip,
  top: number,
  x: Scale,
  words: AmountWords,
): string {
  const colour = targetClass(target.index);
  const y = top + 25;
  const numbers = summary === undefined ? absent : words.interval(summary.median, summary.low, summary.high);
  const room = Math.floor((WIDTH - numbers.length * 6.2) / 6.4);
  const name = target.name.length > room ? `${target.name.slice(0, room - 1)}…` : target.name;
  return element('g', { 'data-target': target.index }, [
    label(name, 0, top + 14, { class: `small ${colour}` }),
    label(numbers, WIDTH, top + 14, { class: summary === undefined ? 'small faint' : 'small', 'text-anchor': 'end' }),
    ...(floor.length === 0 ? [] : [element('path', { class: 'sample floor', d: dots(floor, y + 5, x) })]),
    ...(summary === undefined
      ? []
      : [
          element('path', {
            class: `span ${colour}`,
            d: `M${n(x(summary.low))} ${y}H${n(Math.max(x(summary.high), x(summary.low) + 1))}`,
          }),
          element('path', { class: `sample ${colour}`, d: dots(samples, y, x) }),
          element('path', { class: `median ${colour}`, d: `M${n(x(summary.median))} ${y - 7}V${y + 7}` }),
        ]),
  ]);
}

function dots(values: readonly number[], y: number, x: Scale): string {
  const step = Math.ceil(values.length / MOST_DOTS);
  const shown = step === 1 ? values : values.toSorted((a, b) => a - b).filter((_, index) => index % step === 0);
  return shown.map((value) => `M${n(x(value))} ${y}h0`).join('');
}

function n(value: number): string {
  return String(Number(value.toFixed(1)));
}
