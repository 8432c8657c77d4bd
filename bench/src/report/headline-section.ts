import { caseId, OPERATIONS, type Operation, type WhereCase } from '../bench-case.ts';
import { formatBytes, formatNanoseconds } from '../format-units.ts';
import { bytesByRound, samplesByRound, summarizeIn, sumsByRound } from '../summaries.ts';
import { emptyCell } from '../tables/table-cell.ts';
import { whereFigures } from './distribution-figures.ts';
import type { LegendEntry } from './figure.ts';
import type { ReportRun } from './report-model.ts';
import type { ReportSection } from './report-section.ts';
import type { ReportCell, ReportRow, ReportTable } from './report-table.ts';

const STEPS: Readonly<Partial<Record<Operation, string>>> = {
  create: 'create',
  get: 'get (mount)',
  first: 'first write',
  second: 'every other write',
  put: 'put (unmount)',
  remove: 'remove',
};

/** Where each driver pays: the steps of one container's life with the share that each has in the whole, and its bytes on the disk. */
export function headlineSection(run: ReportRun): ReportSection[] {
  const cases = Object.values(run.result.cases).filter((of): of is WhereCase => of.workload === 'where');
  if (cases.length === 0) return [];
  return [
    {
      id: `${run.id}-where`,
      title: 'Where each driver pays',
      intro: [
        'Every driver pays somewhere: at create, at the first write to a file, at put, at remove, or in bytes on the disk. ' +
          'Medians over containers that live one life each; beside each number, and as its shade, is the share of that life that it takes.',
      ],
      tables: cases.map((of, index) => whereTable(run, of, index)),
      figures: [],
      more: whereFigures(run),
      environment: run.environment,
    },
  ];
}

function whereTable(run: ReportRun, of: WhereCase, index: number): ReportTable {
  const image = `${formatBytes(of.files * of.fileSize)} in ${of.files} files`;
  const right = (heading: string) => ({ heading, align: 'right' as const });
  return {
    name: `${run.id}-where-${index + 1}`,
    caption: `One container on an image of ${image}; it writes to a file of ${formatBytes(of.fileSize)}`,
    columns: [
      { heading: 'target' },
      ...OPERATIONS.where.map((operation) => right(STEPS[operation] ?? operation)),
      right('whole life'),
      right('disk, fresh'),
      right('disk, after the first write'),
    ],
    rows: run.targets.map(
      (target): ReportRow => ({ facets: { target: target.index }, cells: whereCells(run, of, target) }),
    ),
  };
}

function whereCells({ result }: ReportRun, of: WhereCase, { name }: LegendEntry): (string | ReportCell)[] {
  const empty = emptyCell(result, name, of);
  const medians = OPERATIONS.where.map(
    (operation) => summarizeIn(result, samplesByRound(result, name, caseId(of), operation))?.median,
  );
  const sum = medians.reduce<number>((all, one) => all + (one ?? 0), 0);
  const whole = summarizeIn(result, sumsByRound(result, name, caseId(of)))?.median;
  const disk = (operation: Operation): string => {
    const bytes = summarizeIn(result, bytesByRound(result, name, caseId(of), operation))?.median;
    return bytes === undefined ? empty : formatBytes(bytes);
  };
  return [
    name,
    ...medians.map((median) =>
      median === undefined ? empty : { text: formatNanoseconds(median), ...(sum > 0 ? { share: median / sum } : {}) },
    ),
    whole === undefined ? empty : formatNanoseconds(whole),
    disk('create'),
    disk('first'),
  ];
}
