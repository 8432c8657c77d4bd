import { isOnGround } from '../bench-case.ts';
import { compareResults } from '../evidence/compare-results.ts';
import type { DifferenceVerdict, JudgedRatio } from '../evidence/comparison.ts';
import type { ReportModel, ReportRun } from './report-model.ts';

/** A target of a run, that can be put beside another. */
export interface CompareSide {
  readonly name: string;
  readonly run: string;
  readonly target: number;
}

/** One line of a comparison: its name, ratio, bounds (`null` where unknown), verdict, and in cases the medians in nanoseconds. */
export type CompareLine = readonly [
  what: string,
  ratio: number,
  low: number,
  high: number | null,
  verdict: DifferenceVerdict | 'control',
  before?: number,
  after?: number,
];

/** What the page's script compares with: everything is computed here, and turned around there where it is asked for the other way. */
export interface CompareData {
  readonly sides: readonly CompareSide[];
  /** By places in `sides`, the smaller first, as in `0-3`. */
  readonly pairs: Readonly<
    Record<string, { readonly operations: readonly CompareLine[]; readonly cases: readonly CompareLine[] }>
  >;
}

/** As many sides make 66 pairs. Of more, only the first ones can be compared on the page; `bench compare` compares all. */
const MOST_SIDES = 12;

/** Compares every target of every run with every other. Takes some ten milliseconds for each pair. */
export function compareData({ runs }: ReportModel): CompareData {
  const all = runs.flatMap((run) => run.targets.map((target) => ({ run, target })));
  const shown = all
    .filter(({ run, target }) => run.result.samples.some((sample) => sample.target === target.name))
    .slice(0, MOST_SIDES);
  const sides = shown.map(({ run, target }) => ({
    name: runs.length === 1 ? target.name : `${target.name} · ${run.name}`,
    run: run.id,
    target: target.index,
  }));
  const pairs = shown.flatMap((one, index) =>
    shown.slice(index + 1).map((other, offset) => {
      const comparison = compareResults(one.run.result, other.run.result, {
        before: one.target.name,
        after: other.target.name,
      });
      return [
        `${index}-${index + 1 + offset}`,
        {
          operations: comparison.operations.map((row) =>
            compareLine(`${row.operation}, ${row.workload}, ${row.cases} cases`, row),
          ),
          cases: comparison.cases
            .filter(({ control, operation, case: id }) => !control && worthIt(one.run, id, operation))
            .map(
              (row) =>
                [
                  ...compareLine(`${row.operation}, ${row.case}`, row),
                  Math.round(row.before),
                  Math.round(row.after),
                ] as const,
            ),
        },
      ] as const;
    }),
  );
  return { sides, pairs: Object.fromEntries(pairs) };
}

/** Second writes are alike in all cells: their sum over all of them says it. */
function worthIt({ result }: ReportRun, id: string, operation: string): boolean {
  const of = result.cases[id];
  return of === undefined || !isOnGround(of) || operation === 'first';
}

function compareLine(
  what: string,
  { ratio, low, high, verdict, control }: JudgedRatio,
): readonly [string, number, number, number | null, CompareLine[4]] {
  const short = (value: number): number => Number(value.toPrecision(4));
  return [what, short(ratio), short(low), Number.isFinite(high) ? short(high) : null, control ? 'control' : verdict];
}
