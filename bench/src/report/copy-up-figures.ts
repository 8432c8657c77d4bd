import type { CacheState, CopyUpCase, Placement } from '../bench-case.ts';
import { CELL, heatLegend, heatMap, PLACES } from '../charts/copy-up-heat-maps.ts';
import { type CopyUpValue, factorsOf } from '../charts/copy-up-values.ts';
import { decades, type Extent } from '../charts/scale.ts';
import { element, label } from '../charts/svg.ts';
import { formatBytes, formatInterval } from '../format-units.ts';
import type { Figure, Panel } from './figure.ts';
import { linePanel } from './line-panel.ts';
import type { ReportRun } from './report-model.ts';
import type { ReportSection } from './report-section.ts';
import type { ReportRow, ReportTable } from './report-table.ts';

/** The surfaces of the copy_up grid: cost by size and layers, a map per target; and the same as lines by each factor. */
export function copyUpSections(run: ReportRun): ReportSection[] {
  const maps = surfaceFigures(run);
  const lines = (['size', 'layers', 'directories'] as const).map((factor) => lineFigures(run, factor));
  return [
    section(run, 'surfaces', 'The first write to a file, by size and layers', maps.slice(0, 1), maps.slice(1), [
      'What an append of one byte to a file of a lower layer takes beyond the same append in a plain directory: the price of copy_up.',
    ]),
    section(
      run,
      'lines',
      'The first write to a file, factor by factor',
      lines.flatMap((figures) => figures.slice(0, 1)),
      lines.flatMap((figures) => figures.slice(1)),
      [
        'Lines are medians on log scales, bars their 95 % intervals. What is lost in the noise of the plain write (zero and less) is not drawn.',
      ],
    ),
  ].filter(({ figures }) => figures.length > 0);
}

function section(
  run: ReportRun,
  id: string,
  title: string,
  figures: readonly Figure[],
  more: readonly Figure[],
  intro: readonly string[],
): ReportSection {
  return { id: `${run.id}-${id}`, title, intro, tables: [], figures, more };
}

function surfaceFigures(run: ReportRun): Figure[] {
  const warm = run.values.filter(({ of }) => of.cache === 'warm');
  const domain = decades(medians(warm));
  const factors = factorsOf(warm);
  if (domain === undefined) return [];
  return factors.placements.flatMap((placement) =>
    factors.directories.flatMap((directories) => {
      const members = warm.filter(({ of }) => of.directories === directories && inPlacement(of, placement));
      const panels = run.targets.flatMap((target): Panel[] => {
        const own = members.filter((value) => value.target === target.name);
        if (own.every(({ extra }) => extra === null)) return [];
        const width = 66 + factors.layers.length * CELL.width + 4;
        return [
          {
            title: target.name,
            facets: { target: target.index, cache: 'warm', directories },
            width: Math.max(width, 66 + 4 + target.name.length * 7),
            height: 28 + factors.sizes.length * CELL.height + 36,
            body: [
              label(target.name, 66, 14, { class: 'heading' }),
              element('g', { transform: 'translate(66 26)' }, heatMap(own, factors, domain, true)),
            ],
          },
        ];
      });
      if (panels.length === 0) return [];
      const depth = depthText(directories);
      return [
        {
          id: `${run.id}-surface-${placement}-${directories}`,
          title: `Cost by size and layers: file ${depth}, ${PLACES[placement]}`,
          subtitle:
            'Median extra time by file size (down) and number of layers (across); warm caches, one log scale of colours for all.',
          panels: [...panels, scalePanel(domain)],
          table: surfaceTable(run, members, factors.layers, `${placement}-${directories}`, depth),
          environment: run.environment,
          legend: [],
        },
      ];
    }),
  );
}

function scalePanel(domain: Extent): Panel {
  // The scale's own left edge is that of the charts that stand alone.
  const body = [
    label('Colours', 66, 14, { class: 'heading' }),
    element('g', { transform: 'translate(-26 0)' }, heatLegend(domain, 28)),
  ];
  return { title: 'What the colours mean: dark is cheap, bright is dear', facets: {}, width: 470, height: 60, body };
}

function surfaceTable(
  run: ReportRun,
  values: readonly CopyUpValue[],
  layers: readonly number[],
  name: string,
  depth: string,
): ReportTable {
  const sizes = factorsOf(values).sizes;
  return {
    name: `${run.id}-surface-${name}`,
    caption: `First writes beyond plain ones, median [95 % interval]: ${depth}, warm caches`,
    columns: [
      { heading: 'target' },
      { heading: 'file size', align: 'right' },
      ...layers.map((count) => ({ heading: layersText(count), align: 'right' as const, facets: { layers: count } })),
    ],
    rows: run.targets.flatMap((target) =>
      sizes.map(
        (size): ReportRow => ({
          facets: { target: target.index },
          cells: [
            target.name,
            formatBytes(size),
            ...layers.map((count) =>
              extraText(
                values.find((one) => one.target === target.name && one.of.size === size && one.of.layers === count),
              ),
            ),
          ],
        }),
      ),
    ),
  };
}

type Factor = 'size' | 'layers' | 'directories';

/** The factor that tells the panels of a figure apart, and the one that tells its figures apart. */
const ROLES: Readonly<Record<Factor, { readonly panel: Factor; readonly figure: Factor; readonly axis: string }>> = {
  size: { panel: 'directories', figure: 'layers', axis: 'file size' },
  layers: { panel: 'size', figure: 'directories', axis: 'layers' },
  directories: { panel: 'size', figure: 'layers', axis: 'directories above the file' },
};

function lineFigures(run: ReportRun, factor: Factor): Figure[] {
  const domain = decades(medians(run.values));
  if (domain === undefined) return [];
  return run.factors.caches.flatMap((cache) =>
    run.factors.placements.flatMap((placement) => {
      const members = run.values.filter(({ of }) => of.cache === cache && inPlacement(of, placement));
      return distinct(members, ROLES[factor].figure).flatMap((fixed) => {
        // A single layer is the same in both placements, and shown with the first.
        if (placement === 'every' && ROLES[factor].figure === 'layers' && fixed === 1) return [];
        return lineFigure(run, { factor, fixed, cache, placement, domain }, members);
      });
    }),
  );
}

interface LineFigurePlan {
  readonly factor: Factor;
  readonly fixed: number;
  readonly cache: CacheState;
  readonly placement: Placement;
  readonly domain: Extent;
}

function lineFigure(run: ReportRun, plan: LineFigurePlan, values: readonly CopyUpValue[]): Figure[] {
  const { factor, fixed, cache, placement, domain } = plan;
  const roles = ROLES[factor];
  const members = values.filter(({ of }) => of[roles.figure] === fixed);
  const panels = distinct(members, roles.panel).flatMap((value): Panel[] => {
    const own = members.filter(({ of, extra }) => of[roles.panel] === value && extra !== null && extra.median > 0);
    const ticks = distinct(own, factor);
    if (ticks.length < 2) return [];
    const facets = { cache, [roles.figure]: fixed, ...(roles.panel === 'size' ? {} : { [roles.panel]: value }) };
    const lines = run.targets.map((target) => ({
      target,
      points: own
        .filter((one) => one.target === target.name)
        .toSorted((a, b) => a.of[factor] - b.of[factor])
        .flatMap(({ of, extra }) => (extra === null ? [] : [{ x: of[factor], summary: extra }])),
    }));
    const tickText = (tick: number): readonly string[] =>
      factor === 'size' ? formatBytes(tick).split(' ') : [String(tick)];
    return [
      linePanel({ title: factorText(roles.panel, value), facets, axis: roles.axis, ticks, tickText, domain, lines }),
    ];
  });
  if (panels.length === 0) return [];
  const name = `${factor}-${cache}-${placement}-${fixed}`;
  const where = placement === 'every' ? `, ${PLACES.every}` : '';
  const subtitle = `Median extra time over the same write in a plain directory with its 95 % interval, log scales; ${factorText(roles.figure, fixed)}, ${cache} caches${where}.`;
  return [
    {
      id: `${run.id}-lines-${name}`,
      title: `Cost by ${roles.axis}: ${factorText(roles.figure, fixed)}${cache === 'cold' ? ', cold caches' : ''}${where}`,
      subtitle,
      panels,
      table: lineTable(run, members, `${run.id}-lines-${name}`, subtitle),
      environment: run.environment,
      legend: run.targets,
    },
  ];
}

function lineTable(run: ReportRun, values: readonly CopyUpValue[], name: string, caption: string): ReportTable {
  const cases = [...new Set(values.map(({ of }) => of))].toSorted(
    (a, b) => a.size - b.size || a.directories - b.directories || a.layers - b.layers,
  );
  return {
    name,
    caption: caption.replace(/\.$/, ''),
    columns: [
      { heading: 'file size', align: 'right' },
      { heading: 'directories', align: 'right' },
      { heading: 'layers', align: 'right' },
      ...run.targets.map((target) => ({
        heading: target.name,
        align: 'right' as const,
        facets: { target: target.index },
      })),
    ],
    rows: cases.map(
      (of): ReportRow => ({
        facets: { layers: of.layers, directories: of.directories, cache: of.cache },
        cells: [
          formatBytes(of.size),
          String(of.directories),
          String(of.layers),
          ...run.targets.map((target) => extraText(values.find((one) => one.of === of && one.target === target.name))),
        ],
      }),
    ),
  };
}

function extraText(value: CopyUpValue | undefined): string {
  if (value === undefined) return '';
  const { extra, skipped } = value;
  if (extra === null) return skipped ? 'skipped' : '–';
  return formatInterval(extra.median, extra.low, extra.high);
}

/** A single layer is the home of the directories and every layer as well; the grid has it once. */
function inPlacement(of: CopyUpCase, placement: Placement): boolean {
  return of.placement === placement || of.layers === 1;
}

function medians(values: readonly CopyUpValue[]): number[] {
  return values.flatMap(({ extra }) => (extra === null ? [] : [extra.median]));
}

function distinct(values: readonly CopyUpValue[], factor: Factor): number[] {
  return [...new Set(values.map(({ of }) => of[factor]))].toSorted((a, b) => a - b);
}

/** A value of a factor in words, as in `16 layers`. */
function factorText(factor: Factor, value: number): string {
  if (factor === 'size') return `file of ${formatBytes(value)}`;
  return factor === 'layers' ? layersText(value) : depthText(value);
}

function layersText(layers: number): string {
  return `${layers} ${layers === 1 ? 'layer' : 'layers'}`;
}

/** How deep a file lies, in words. */
export function depthText(directories: number): string {
  return `${directories} ${directories === 1 ? 'directory' : 'directories'} deep`;
}
