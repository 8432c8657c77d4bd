import { type BenchCase, caseId, isCopyUp, OPERATIONS, type Operation } from '../bench-case.ts';
import { PLACES } from '../charts/copy-up-heat-maps.ts';
import { decades } from '../charts/scale.ts';
import { sortedQuantile } from '../evidence/quantile-interval.ts';
import { formatBytes, formatNanoseconds } from '../format-units.ts';
import { samplesByRound, samplesOf, summarizeIn } from '../summaries.ts';
import { emptyCell } from '../tables/table-cell.ts';
import { depthText } from './copy-up-figures.ts';
import type { Facets } from './facets.ts';
import type { Figure, LegendEntry } from './figure.ts';
import type { ReportRun } from './report-model.ts';
import type { ReportSection } from './report-section.ts';
import type { ReportRow, ReportTable } from './report-table.ts';
import { type Strip, stripPanel } from './strip-panel.ts';

/** All samples of everything that was timed, beginning with the life of a container. */
export function distributionSections(run: ReportRun): ReportSection[] {
  const life = workloadFigures(run, 'lifecycle');
  const archives = [...workloadFigures(run, 'apply'), ...workloadFigures(run, 'difference')];
  const writes = firstWriteFigures(run);
  const dots =
    'Each dot is a sample; the tick is the median, the bar its 95 % interval. Further left is faster, on a log scale.';
  return [
    part(run, 'life', "A container's life", [dots], life, []),
    part(
      run,
      'archives',
      'Archives and changes',
      ['Applying a layer, and finding and packing what a container has changed.', dots],
      archives,
      [],
    ),
    part(
      run,
      'distributions',
      'First writes, sample by sample',
      [
        'Every first write in colour, and in grey under it every write to the same file in a plain directory, with which no driver has to do.',
        dots,
      ],
      writes.slice(0, 1),
      writes.slice(1),
    ),
  ].filter(({ figures }) => figures.length > 0);
}

/** The samples of all steps of the containers that the table of where each driver pays is about. */
export function whereFigures(run: ReportRun): Figure[] {
  return workloadFigures(run, 'where');
}

function part(
  run: ReportRun,
  id: string,
  title: string,
  intro: readonly string[],
  figures: readonly Figure[],
  more: readonly Figure[],
): ReportSection {
  return { id: `${run.id}-${id}`, title, intro, tables: [], figures, more };
}

const NAMES: Readonly<Partial<Record<Operation, string>>> = {
  first: 'first write',
  second: 'second write',
  apply: 'apply',
};

function workloadFigures(run: ReportRun, workload: BenchCase['workload']): Figure[] {
  return Object.values(run.result.cases)
    .filter((of) => of.workload === workload)
    .flatMap((of) => {
      const measured = OPERATIONS[workload].map((operation) => ({
        title: NAMES[operation] ?? operation,
        of,
        operation,
        facets: {},
      }));
      return stripFigure(run, measured, {
        id: `${run.id}-${caseId(of).replace(/[^\w]+/g, '-')}`,
        title: caseTitle(of),
        subtitle: 'Time of each call. Every sample, its median and 95 % interval, log scale.',
      });
    });
}

function firstWriteFigures(run: ReportRun): Figure[] {
  const cases = Object.values(run.result.cases).filter(isCopyUp);
  const groups = new Map<string, typeof cases>();
  const ordered = cases.toSorted(
    (a, b) =>
      Number(a.cache === 'cold') - Number(b.cache === 'cold') ||
      Number(a.placement === 'every') - Number(b.placement === 'every') ||
      a.layers - b.layers ||
      a.directories - b.directories ||
      a.size - b.size,
  );
  for (const of of ordered) {
    const key = `${of.cache}-${of.placement}-${of.layers}-${of.directories}`;
    groups.set(key, [...(groups.get(key) ?? []), of]);
  }
  return [...groups].flatMap(([key, members]) => {
    const [first] = members;
    if (first === undefined) return [];
    const { cache, layers, directories, placement } = first;
    const measured = members.map((of) => ({
      title: `file of ${formatBytes(of.size)}`,
      of,
      operation: 'first' as const,
      facets: { cache, layers, directories },
    }));
    const where = placement === 'every' && layers > 1 ? `, ${PLACES.every}` : '';
    return stripFigure(run, measured, {
      id: `${run.id}-samples-${key}`,
      title: `${layers} ${layers === 1 ? 'layer' : 'layers'}, ${depthText(directories)}, ${cache} caches${where}`,
      subtitle:
        'Time of the first write to a file (colour) and of a plain write (grey). Every sample; median and 95 % interval, log scale.',
    });
  });
}

/** What a panel of strips is of. */
export interface Measured {
  readonly title: string;
  readonly of: BenchCase;
  readonly operation: Operation;
  readonly facets: Facets;
}

/** A panel of strips for each of some operations, all of them on one scale; none where nothing was measured. */
export function stripFigure(
  run: ReportRun,
  measured: readonly Measured[],
  texts: Pick<Figure, 'id' | 'title' | 'subtitle'>,
): Figure[] {
  const strips = measured.map((one) => run.targets.map((target) => stripOf(run, one, target)));
  const domain = decades(
    strips.flat().flatMap(({ samples, floor }) => [...samples, ...floor].map((value) => Math.max(value, 1))),
  );
  if (domain === undefined) return [];
  const panels = measured.map(({ title, facets }, index) =>
    stripPanel({ title, facets, domain, strips: strips[index] ?? [] }),
  );
  const table = stripTable(run, measured, strips, texts);
  return [{ ...texts, panels, table, environment: run.environment, legend: [] }];
}

function stripOf({ result }: ReportRun, { of, operation }: Measured, target: LegendEntry): Strip {
  const id = caseId(of);
  const floor =
    operation === 'first' && OPERATIONS[of.workload].includes('plain')
      ? samplesOf(result, target.name, id, 'plain')
      : [];
  const rounds = samplesByRound(result, target.name, id, operation);
  const empty = emptyCell(result, target.name, of);
  return {
    target,
    samples: rounds.flat(),
    floor,
    summary: summarizeIn(result, rounds),
    absent: empty === '–' ? 'not measured' : empty,
  };
}

function stripTable(
  run: ReportRun,
  measured: readonly Measured[],
  strips: readonly (readonly Strip[])[],
  { id, title }: Pick<Figure, 'id' | 'title'>,
): ReportTable {
  return {
    name: id,
    caption: `${title}: median (least to greatest) of how many samples`,
    columns: [
      { heading: 'what' },
      ...run.targets.map((target) => ({
        heading: target.name,
        align: 'right' as const,
        facets: { target: target.index },
      })),
    ],
    rows: measured.map(
      ({ title: what, facets }, index): ReportRow => ({
        facets,
        cells: [what, ...(strips[index] ?? []).map(sampleText)],
      }),
    ),
  };
}

function sampleText({ samples, absent }: Strip): string {
  if (samples.length === 0) return absent;
  const sorted = Float64Array.from(samples).sort();
  const [least, middle, greatest] = [0, 0.5, 1].map((share) => formatNanoseconds(sortedQuantile(sorted, share)));
  return `${middle} (${least} to ${greatest}), ${samples.length}`;
}

function caseTitle(of: BenchCase): string {
  if (!('files' in of)) return caseId(of);
  const files = `${of.files.toLocaleString('en-US')} files of ${formatBytes(of.fileSize)}`;
  switch (of.workload) {
    case 'apply':
      return `Applying an archive of ${files}`;
    case 'difference':
      return `${of.changed.toLocaleString('en-US')} of ${files} changed`;
    case 'lifecycle':
      return `Image of ${formatBytes(of.files * of.fileSize)} in ${files}`;
    case 'space':
      return `Space: image of ${files}, appends of ${formatBytes(of.append)}`;
    case 'where':
      return `Step by step: image of ${formatBytes(of.files * of.fileSize)} in ${files}`;
  }
}
