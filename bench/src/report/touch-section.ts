import {
  type ConcurrencyCase,
  caseId,
  type FilePlace,
  type GroundCase,
  type SparseCase,
  type TouchCase,
} from '../bench-case.ts';
import { decades } from '../charts/scale.ts';
import { formatBytes, formatInterval } from '../format-units.ts';
import { extraByRound, summarizeIn } from '../summaries.ts';
import { placesText, REFLINK_TITLE, reflinkRows } from '../tables/reflink-table.ts';
import { emptyCell } from '../tables/table-cell.ts';
import { shareOfSingles, sparseBytes } from '../tables/touch-table.ts';
import { byPlace, depthWords, TOUCH_WORDS } from '../touch-words.ts';
import { type Measured, stripFigure } from './distribution-figures.ts';
import type { Facets } from './facets.ts';
import type { Figure } from './figure.ts';
import { linePanel } from './line-panel.ts';
import type { ReportRun } from './report-model.ts';
import type { ReportSection } from './report-section.ts';
import type { ReportRow, ReportTable } from './report-table.ts';

const DOTS =
  'Time in a container (colour), and of the same in a plain directory (grey). Every sample; median and 95 % interval, log scale.';

/** Other first touches than the append, sparse files, several writers, and blocks that are shared: around a cell of the grid. */
export function touchSection(run: ReportRun): ReportSection[] {
  const cases = Object.values(run.result.cases);
  const touches = byPlace(cases.filter((of): of is TouchCase => of.workload === 'touch'));
  const sparse = byPlace(
    cases.filter((of): of is SparseCase => of.workload === 'sparse'),
    depthWords,
  );
  const concurrent = byPlace(cases.filter((of): of is ConcurrencyCase => of.workload === 'concurrency'));
  const parts = [
    ...touches.map(([place, members], index) => touchPart(run, members, `touches-${index + 1}`, place)),
    ...sparse.map(([place, members], index) => sparsePart(run, members, `sparse-${index + 1}`, place)),
    ...concurrent.map(([place, members], index) => concurrencyPart(run, members, `at-once-${index + 1}`, place)),
  ];
  const tables = [...parts.flatMap((part) => part.tables), ...reflinkTables(run)];
  if (tables.length === 0) return [];
  return [
    {
      id: `${run.id}-touches`,
      title: 'Other first touches',
      intro: [
        'What else a program may do first to a file of a lower layer, files that are mostly holes, and several files at once: other factors than those of the grid, one at a time, around a cell in its middle.',
      ],
      tables,
      figures: parts.flatMap(({ figures }) => figures),
      more: [],
      environment: run.environment,
    },
  ];
}

interface Part {
  readonly tables: readonly ReportTable[];
  readonly figures: readonly Figure[];
}

function touchPart(run: ReportRun, members: readonly TouchCase[], id: string, place: string): Part {
  const rows = members.map((of) => ({ of, what: TOUCH_WORDS[of.touch] }));
  return {
    tables: [
      targetTable(
        run,
        {
          name: `${run.id}-${id}`,
          caption: `First touches beyond plain ones, median [95 % interval]: file of ${place}`,
        },
        rows.map(({ of, what }) => ({ of, what, cell: (target) => extraText(run, target, of) })),
      ),
    ],
    figures: stripFigure(run, rows.map(firstOf), {
      id: `${run.id}-samples-${id}`,
      title: `First touches: file of ${place}`,
      subtitle: DOTS,
    }),
  };
}

function sparsePart(run: ReportRun, members: readonly SparseCase[], id: string, place: string): Part {
  const rows = members.map((of) => ({ of, what: `sparse file of ${formatBytes(of.size)}` }));
  return {
    tables: [
      targetTable(
        run,
        {
          name: `${run.id}-${id}`,
          caption: `First appends to sparse files beyond plain ones, and what the files take then: ${place}`,
        },
        rows.flatMap(({ of, what }) => [
          { of, what: `${what}, append`, cell: (target) => extraText(run, target, of) },
          { of, what: `${what}, on the disk then`, cell: (target) => sparseBytes(run.result, target, of, 'first') },
          { of, what: `${what}, in a plain directory`, cell: (target) => sparseBytes(run.result, target, of, 'plain') },
        ]),
      ),
    ],
    figures: stripFigure(run, rows.map(firstOf), {
      id: `${run.id}-samples-${id}`,
      title: `First appends to sparse files: ${place}`,
      subtitle: DOTS,
    }),
  };
}

function concurrencyPart(run: ReportRun, members: readonly ConcurrencyCase[], id: string, place: string): Part {
  const alone = members.find(({ writers }) => writers === 1);
  const name = `${run.id}-${id}`;
  const table = targetTable(
    run,
    { name, caption: `First appends at once, until the last is done, beyond plain ones: files of ${place}` },
    members.flatMap((of) => [
      { of, what: `${of.writers} at once`, cell: (target) => extraText(run, target, of) },
      ...(alone === undefined || alone === of
        ? []
        : [
            {
              of,
              what: `${of.writers} at once, of ${of.writers} alone`,
              cell: (target: string) =>
                shareOfSingles(run.result, target, of, alone) ?? emptyCell(run.result, target, of),
            },
          ]),
    ]),
  );
  const figures = concurrencyFigure(run, members, place, table);
  // The figure brings the table along.
  return { tables: figures.length > 0 ? [] : [table], figures };
}

function concurrencyFigure(
  run: ReportRun,
  members: readonly ConcurrencyCase[],
  place: string,
  table: ReportTable,
): Figure[] {
  const lines = run.targets.map((target) => ({
    target,
    points: members
      .toSorted((a, b) => a.writers - b.writers)
      .flatMap((of) => {
        const summary = summarizeIn(run.result, extraByRound(run.result, target.name, caseId(of)));
        return summary === undefined || summary.median <= 0 ? [] : [{ x: of.writers, summary }];
      }),
  }));
  const points = lines.flatMap((one) => one.points);
  const ticks = [...new Set(points.map(({ x }) => x))].toSorted((a, b) => a - b);
  const domain = decades(points.map(({ summary }) => summary.median));
  const [first] = members;
  if (domain === undefined || first === undefined || ticks.length < 2) return [];
  const title = 'First appends at once';
  const panel = linePanel({
    title: 'until the last is done',
    facets: facetsOf(first),
    axis: 'files at once',
    ticks,
    tickText: (tick) => [String(tick)],
    domain,
    lines,
  });
  return [
    {
      id: table.name,
      title: `${title}: files of ${place}`,
      subtitle:
        'Median time until the last append is done beyond the same threads in a plain directory, with its 95 % interval, log scales. What is lost in the noise of the plain appends is not drawn.',
      panels: [panel],
      table,
      environment: run.environment,
      legend: run.targets,
    },
  ];
}

interface TargetRow {
  readonly of: GroundCase;
  readonly what: string;
  readonly cell: (target: string) => string;
}

/** A table with a column for each target. */
function targetTable(
  run: ReportRun,
  texts: Pick<ReportTable, 'name' | 'caption'>,
  rows: readonly TargetRow[],
): ReportTable {
  return {
    ...texts,
    columns: [
      { heading: 'what' },
      ...run.targets.map(({ index, name }) => ({
        heading: name,
        align: 'right' as const,
        facets: { target: index },
      })),
    ],
    rows: rows.map(
      ({ of, what, cell }): ReportRow => ({
        facets: facetsOf(of),
        cells: [what, ...run.targets.map(({ name }) => cell(name))],
      }),
    ),
  };
}

function reflinkTables(run: ReportRun): ReportTable[] {
  const rows = reflinkRows(run.result);
  if (rows.length === 0) return [];
  return [
    {
      name: `${run.id}-reflinks`,
      caption: REFLINK_TITLE,
      columns: [{ heading: 'driver' }, { heading: 'blocks are copied' }, { heading: 'blocks are shared' }],
      rows: rows.map(
        ({ driver, copied, shared }): ReportRow => ({ cells: [driver, placesText(copied), placesText(shared)] }),
      ),
    },
  ];
}

function firstOf({ of, what }: Pick<TargetRow, 'of' | 'what'>): Measured {
  return { title: what, of, operation: 'first', facets: facetsOf(of) };
}

function facetsOf({ layers, directories }: FilePlace): Facets {
  return { cache: 'warm', layers, directories };
}

function extraText({ result }: ReportRun, target: string, of: GroundCase): string {
  const extra = summarizeIn(result, extraByRound(result, target, caseId(of)));
  return extra === undefined ? emptyCell(result, target, of) : formatInterval(extra.median, extra.low, extra.high);
}
