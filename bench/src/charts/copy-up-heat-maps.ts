import type { Placement } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import { formatBytes } from '../format-units.ts';
import { type Chart, fileNamePart, MARGIN, makeChart } from './chart.ts';
import { rampColour } from './colours.ts';
import { type CopyUpValue, copyUpValues, type Factors, factorsOf } from './copy-up-values.ts';
import { decades, type Extent, linearScale, logScale, powersOfTen } from './scale.ts';
import { shortTime } from './short-units.ts';
import { element, label } from './svg.ts';

/** Of a heat map. */
export const CELL = { width: 60, height: 25 } as const;
const GAP = 26;
const LEFT = MARGIN + 68;
/** What a placement is called. */
export const PLACES: Readonly<Record<Placement, string>> = {
  home: 'directories in the home layer only',
  every: 'directories in every layer',
};

/**
 * For each target a chart of small heat maps: what the first write to a file costs beyond a plain one, by file size and layer depth;
 * a map for each directory depth, and a line of maps for each placement. Warm caches. One scale of colours for all targets.
 */
export function copyUpHeatMaps(result: BenchResult): Chart[] {
  const values = copyUpValues(result).filter(({ of }) => of.cache === 'warm');
  const domain = decades(values.flatMap(({ extra }) => (extra === null ? [] : [extra.median])));
  if (domain === undefined) return [];
  const factors = factorsOf(values);
  return result.targets.flatMap(({ label: target }) => {
    const own = values.filter((value) => value.target === target);
    return own.some(({ extra }) => extra !== null) ? [targetChart(target, own, factors, domain)] : [];
  });
}

function targetChart(target: string, values: readonly CopyUpValue[], factors: Factors, domain: Extent): Chart {
  const panel = { width: factors.layers.length * CELL.width, height: factors.sizes.length * CELL.height };
  const bandHeight = panel.height + 78;
  const body = factors.placements.flatMap((placement, row) => {
    const top = row * bandHeight;
    const maps = factors.directories.map((directories, column) => {
      // A single layer is the home of the directories and every layer as well; the grid has it once.
      const members = values.filter(
        ({ of }) => of.directories === directories && (of.placement === placement || of.layers === 1),
      );
      const left = LEFT + column * (panel.width + GAP);
      const depth = directories === 1 ? '1 directory deep' : `${directories} directories deep`;
      return element('g', { transform: `translate(${left} ${top + 40})` }, [
        label(depth, 0, -8, { class: 'heading' }),
        ...heatMap(members, factors, domain, column === 0),
      ]);
    });
    return [label(`File in the bottom layer, ${PLACES[placement]}`, MARGIN, top + 12, { class: 'faint' }), ...maps];
  });
  const legendTop = factors.placements.length * bandHeight + 8;
  const widthOfMaps = factors.directories.length * (panel.width + GAP) - GAP;
  return makeChart({
    name: `copy-up-${fileNamePart(target)}.svg`,
    title: `${target}: what the first write to a file costs beyond a plain write`,
    subtitles: [
      'Median extra time of an append of 1 byte, by file size (down) and number of layers (across); warm caches, colours on a log scale.',
    ],
    width: Math.max(LEFT + widthOfMaps + MARGIN, 760),
    height: legendTop + 34,
    body: [...body, ...heatLegend(domain, legendTop)],
  });
}

/** A map of one target, placement and directory depth; its origin is the top left cell, the sizes stand to the left of it. */
export function heatMap(
  values: readonly CopyUpValue[],
  factors: Factors,
  domain: Extent,
  sizesBeside: boolean,
): string[] {
  const share = logScale(domain, [0, 1]);
  const bottom = factors.sizes.length * CELL.height;
  const columns = factors.layers.map((layers, column) =>
    element('g', { class: 'column', 'data-layers': String(layers) }, [
      ...factors.sizes.map((size, row) => {
        const value = values.find(({ of }) => of.size === size && of.layers === layers);
        return cell(value, column * CELL.width, row * CELL.height, share);
      }),
      label(String(layers), (column + 0.5) * CELL.width, bottom + 15, { 'text-anchor': 'middle' }),
    ]),
  );
  const rows = factors.sizes.map((size, row) =>
    label(formatBytes(size), -8, (row + 0.5) * CELL.height + 4, { 'text-anchor': 'end' }),
  );
  const middle = (factors.layers.length * CELL.width) / 2;
  return [
    ...columns,
    label('layers', middle, bottom + 30, { class: 'faint', 'text-anchor': 'middle' }),
    ...(sizesBeside ? rows : []),
  ];
}

/** A cell with its value; an empty one where the grid has none here. */
function cell(value: CopyUpValue | undefined, x: number, y: number, share: (value: number) => number): string {
  const box = { x: x + 0.5, y: y + 0.5, width: CELL.width - 1, height: CELL.height - 1 };
  const centre = [x + CELL.width / 2, y + CELL.height / 2 + 4] as const;
  if (value === undefined) return element('rect', { ...box, class: 'hole' });
  if (value.extra === null) {
    const word = value.skipped ? 'skipped' : '–';
    return [
      element('rect', { ...box, class: 'hole' }),
      label(word, ...centre, { class: 'faint', 'text-anchor': 'middle' }),
    ].join('\n');
  }
  const { fill, ink } = rampColour(share(value.extra.median));
  const style = `fill: ${ink}`;
  return [
    element('rect', { ...box, fill }),
    label(shortTime(value.extra.median), ...centre, { style, 'text-anchor': 'middle' }),
  ].join('\n');
}

/** The scale of colours, 360 pixels wide, below `top`. */
export function heatLegend(domain: Extent, top: number): string[] {
  const width = 360;
  const steps = 60;
  const place = linearScale([0, steps], [LEFT, LEFT + width]);
  const strip = Array.from({ length: steps }, (_, step) =>
    element('rect', {
      x: place(step),
      y: top,
      width: width / steps + 0.5,
      height: 10,
      fill: rampColour(step / (steps - 1)).fill,
    }),
  );
  const x = logScale(domain, [LEFT, LEFT + width]);
  const ticks = powersOfTen(domain).map((value) =>
    label(shortTime(value), x(value), top + 25, { 'text-anchor': 'middle' }),
  );
  return [label('extra', LEFT - 8, top + 10, { class: 'faint', 'text-anchor': 'end' }), ...strip, ...ticks];
}
