import type { CacheState } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import { formatBytes } from '../format-units.ts';
import { type Chart, MARGIN, makeChart, textWidth } from './chart.ts';
import { categoryColour, repeatsColour } from './colours.ts';
import { type CopyUpValue, copyUpValues, factorsOf } from './copy-up-values.ts';
import { decades, type Extent, logScale, powersOfTen, type Scale } from './scale.ts';
import { shortTime } from './short-units.ts';
import { element, label, line } from './svg.ts';

const PANEL = { width: 300, height: 280 } as const;
const GAP = 24;
const LEFT = MARGIN + 62;

/**
 * What the first write costs beyond a plain one over the size of the file, both on log scales: a line per target, a panel per directory
 * depth, at the smallest number of layers. Bars are the 95 % intervals. `undefined` where there are fewer than two sizes.
 */
export function copyUpLines(result: BenchResult, cache: CacheState): Chart | undefined {
  const all = copyUpValues(result).filter(({ of }) => of.cache === cache && of.placement === 'home');
  const [layers] = factorsOf(all).layers;
  const values = all.filter(({ of, extra }) => of.layers === layers && extra !== null && extra.median > 0);
  const { sizes, directories } = factorsOf(values);
  const domain = decades(values.flatMap(({ extra }) => (extra === null ? [] : [extra.median])));
  if (domain === undefined || sizes.length < 2 || layers === undefined) return undefined;
  const targets = result.targets.map((target) => target.label);
  const frame = {
    sizes,
    domain,
    x: logScale([sizes[0] ?? 1, sizes.at(-1) ?? 2], [14, PANEL.width - 14]),
    y: logScale(domain, [PANEL.height, 0]),
  };
  const panels = directories.map((depth, column) =>
    element('g', { transform: `translate(${LEFT + column * (PANEL.width + GAP)} 24)` }, [
      label(depth === 1 ? '1 directory deep' : `${depth} directories deep`, 0, -8, { class: 'heading' }),
      ...axes(frame, column === 0),
      ...targets.flatMap((target, index) => {
        const own = values.filter((value) => value.target === target && value.of.directories === depth);
        return curve(own, frame, index);
      }),
    ]),
  );
  const width = LEFT + directories.length * (PANEL.width + GAP) - GAP + MARGIN;
  const legendTop = 24 + PANEL.height + 80;
  const keys = legend(targets, width, legendTop);
  return makeChart({
    name: `copy-up-lines-${cache}.svg`,
    title: `What the first write to a file costs by its size, ${cache} caches`,
    subtitles: [
      `Median extra time over the same write in a plain directory, with 95 % intervals; ${layers} ${layers === 1 ? 'layer' : 'layers'}, log scales.`,
      'What is lost in the noise of the plain write (zero and less) is not drawn.',
    ],
    width: Math.max(width, 760),
    height: legendTop + keys.height,
    body: [...panels, ...keys.markup],
  });
}

interface Frame {
  readonly sizes: readonly number[];
  readonly domain: Extent;
  readonly x: Scale;
  readonly y: Scale;
}

function axes({ sizes, domain, x, y }: Frame, numbersBeside: boolean): string[] {
  const levels = powersOfTen(domain).flatMap((value) => [
    line(0, y(value), PANEL.width, y(value), { class: 'rule' }),
    ...(numbersBeside ? [label(shortTime(value), -8, y(value) + 4, { 'text-anchor': 'end' })] : []),
  ]);
  // Number over unit, because two sizes may be a factor of eight apart only.
  const marks = sizes.flatMap((size) =>
    formatBytes(size)
      .split(' ')
      .map((part, index) => label(part, x(size), PANEL.height + 18 + index * 14, { 'text-anchor': 'middle' })),
  );
  const name = label('file size', PANEL.width / 2, PANEL.height + 52, { class: 'faint', 'text-anchor': 'middle' });
  return [...levels, line(0, PANEL.height, PANEL.width, PANEL.height, { class: 'axis' }), ...marks, name];
}

function curve(values: readonly CopyUpValue[], { x, y }: Frame, index: number): string[] {
  const colour = categoryColour(index);
  const dashes = repeatsColour(index) ? '6 4' : undefined;
  const points = values
    .toSorted((a, b) => a.of.size - b.of.size)
    .flatMap(({ of, extra }) => (extra === null ? [] : [{ at: x(of.size), ...extra }]));
  if (points.length === 0) return [];
  const path = points.map(
    ({ at, median }, index) => `${index === 0 ? 'M' : 'L'}${at.toFixed(2)} ${y(median).toFixed(2)}`,
  );
  return [
    element('path', { d: path.join(' '), fill: 'none', stroke: colour, 'stroke-width': 2, 'stroke-dasharray': dashes }),
    ...points.map(({ at, low, high }) =>
      line(at, y(low), at, y(high), { stroke: colour, 'stroke-width': 5, 'stroke-opacity': 0.35 }),
    ),
    ...points.map(({ at, median }) => dot(at, y(median), 3.5, index)),
  ];
}

/** Hollow where another target has the colour already. */
function dot(cx: number, cy: number, r: number, index: number): string {
  const colour = categoryColour(index);
  return repeatsColour(index)
    ? element('circle', { cx, cy, r: r - 1, fill: 'none', stroke: colour, 'stroke-width': 2 })
    : element('circle', { cx, cy, r, fill: colour });
}

/** The targets with their colours, as many to a line as fit. */
function legend(targets: readonly string[], width: number, top: number): { markup: string[]; height: number } {
  const markup: string[] = [];
  let [x, y] = [MARGIN, top];
  for (const [index, target] of targets.entries()) {
    const taken = textWidth(target) + 34;
    if (x + taken > width - MARGIN && x > MARGIN) [x, y] = [MARGIN, y + 20];
    markup.push(dot(x + 6, y - 4, 5, index));
    markup.push(label(target, x + 18, y));
    x += taken;
  }
  return { markup, height: y - top + 12 };
}
