import { type BenchCase, type ChainCase, caseId, OPERATIONS } from '../bench-case.ts';
import {
  chainCases,
  chainText,
  insideCases,
  MANY_STEPS,
  manyContainerCases,
  manyText,
  workText,
} from '../mount-words.ts';
import { insideCell, ratioCell } from '../tables/inside-table.ts';
import { chainTitle, stepCell, stepsOf } from '../tables/many-table.ts';
import { stripFigure } from './distribution-figures.ts';
import type { Facets } from './facets.ts';
import type { Figure } from './figure.ts';
import type { ReportRun } from './report-model.ts';
import type { ReportSection } from './report-section.ts';
import type { ReportColumn, ReportRow, ReportTable } from './report-table.ts';

/** What programs pay for working in a mount. */
export function insideSection(run: ReportRun): ReportSection[] {
  const cases = insideCases(run.result);
  if (cases.length === 0) return [];
  const measured = cases.map((of) => ({ title: workText(of), of, operation: 'first' as const, facets: {} }));
  return [
    {
      id: `${run.id}-inside`,
      title: 'Programs in the mount of a container',
      intro: [
        'Ordinary programs, each in a container that nobody has used yet, and right before in a plain directory with the same files on the same file system, which is what a volume is. ' +
          'The last row of each is how many times as long it takes in the container, by pairs.',
      ],
      tables: [insideTable(run)],
      figures: stripFigure(run, measured, {
        id: `${run.id}-inside-samples`,
        title: 'Programs in a container (colour) and in a plain directory (grey)',
        subtitle:
          'Time of the whole program. Every sample; median and 95 % interval of those in the container, log scale.',
      }),
      more: [],
      environment: run.environment,
    },
  ];
}

function insideTable(run: ReportRun): ReportTable {
  const { result, targets } = run;
  return {
    name: `${run.id}-inside`,
    caption: 'Programs in a plain directory and in a container, median [95 % interval]',
    columns: [{ heading: 'work' }, { heading: 'in' }, ...targetColumns(run)],
    rows: insideCases(result).flatMap((of): ReportRow[] => {
      const work = workText(of);
      return [
        { cells: [work, 'a plain directory', ...targets.map(({ name }) => insideCell(result, name, of, 'plain'))] },
        { cells: [work, 'a container', ...targets.map(({ name }) => insideCell(result, name, of, 'first'))] },
        { cells: [work, 'times as long', ...targets.map(({ name }) => ratioCell(result, name, of))] },
      ];
    }),
  };
}

/** What many containers take, and what one takes on chains of layers. */
export function manySection(run: ReportRun): ReportSection[] {
  const [many, chains] = [manyContainerCases(run.result), chainCases(run.result)];
  if (many.length + chains.length === 0) return [];
  const starts = many.length === 0 ? [] : stepFigure(run, many, manyText);
  const figures = [...starts, ...chains.flatMap((of) => chainFigure(run, of))];
  return [
    {
      id: `${run.id}-many`,
      title: 'Many containers, and many layers',
      intro: [
        'The start of a container is create and get; all of them stay mounted until the last has been started. ' +
          'On chains of layers, put may write to the disk what the container has written, or leave it to the sync after it: the two together are what can be compared.',
      ],
      tables: [
        ...(many.length === 0 ? [] : [stepTable(run, many, manyText, { name: 'many', caption: 'Many containers' })]),
        ...(chains.length === 0
          ? []
          : [stepTable(run, chains, chainText, { name: 'chain', caption: chainTitle(run.result) })]),
      ],
      figures: figures.slice(0, 1),
      more: figures.slice(1),
      environment: run.environment,
    },
  ];
}

function stepTable<Case extends BenchCase>(
  run: ReportRun,
  cases: readonly Case[],
  words: (of: Case) => string,
  { name, caption }: Pick<ReportTable, 'name' | 'caption'>,
): ReportTable {
  const { result, targets } = run;
  return {
    name: `${run.id}-${name}`,
    caption: `${caption}: median [95 % interval]`,
    columns: [{ heading: 'operation' }, { heading: 'on' }, ...targetColumns(run)],
    rows: stepsOf(cases).map(({ of, operation }): ReportRow => {
      const times = targets.map((target) => stepCell(result, target.name, of, operation));
      return { facets: facetsOf(of), cells: [MANY_STEPS[operation] ?? operation, words(of), ...times] };
    }),
  };
}

function stepFigure<Case extends BenchCase>(
  run: ReportRun,
  cases: readonly Case[],
  words: (of: Case) => string,
): Figure[] {
  const measured = stepsOf(cases).map(({ of, operation }) => ({
    title: `${MANY_STEPS[operation] ?? operation}: ${words(of)}`,
    of,
    operation,
    facets: facetsOf(of),
  }));
  return stripFigure(run, measured, {
    id: `${run.id}-many-samples`,
    title: 'Starting, unmounting and removing many containers',
    subtitle:
      'Time of each start, and of all starts, puts and removes. Every sample, its median and 95 % interval, log scale.',
  });
}

function chainFigure(run: ReportRun, of: ChainCase): Figure[] {
  const measured = OPERATIONS.chain.map((operation) => ({
    title: MANY_STEPS[operation] ?? operation,
    of,
    operation,
    facets: facetsOf(of),
  }));
  return stripFigure(run, measured, {
    id: `${run.id}-${caseId(of).replace(/[^\w]+/g, '-')}`,
    title: `The life of a container on ${chainText(of)}`,
    subtitle: 'Time of each call. Every sample, its median and 95 % interval, log scale.',
  });
}

function facetsOf(of: BenchCase): Facets {
  return of.workload === 'chain' ? { layers: of.layers } : {};
}

function targetColumns({ targets }: ReportRun): ReportColumn[] {
  return targets.map(({ index, name }) => ({ heading: name, align: 'right', facets: { target: index } }));
}
