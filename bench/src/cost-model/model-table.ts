import type { BenchResult } from '../bench-result.ts';
import { formatInterval } from '../format-units.ts';
import { type Column, renderTable, type TableFormat } from '../text-table.ts';
import type { Bounded, CostModel } from './cost-model.ts';
import type { CostTerm } from './cost-terms.ts';
import { fitCostModel } from './fit-cost-model.ts';

const COLUMNS: readonly (readonly [heading: string, term: CostTerm, unit: number])[] = [
  ['per MiB', 'size', 1024 ** 2],
  ['per layer', 'layers', 1],
  ['per directory', 'directories', 1],
  ['per directory and layer', 'merged', 1],
];

/** First writes of every target as formulas, with what they are worth; empty where none were measured. */
export function renderCostModels(result: BenchResult, format: TableFormat = 'text'): string {
  const models = firstWriteModels(result);
  if (models.length === 0) return '';
  return renderTable(MODEL_COLUMNS, models.map(modelCells), format);
}

/** The models of first writes, those with warm and those with cold caches, of every target for which there are any. */
export function firstWriteModels(result: BenchResult): CostModel[] {
  return result.targets.flatMap((target) =>
    (['warm', 'cold'] as const).flatMap(
      (cache) => fitCostModel(result, target, { operation: 'first', cache })?.model ?? [],
    ),
  );
}

/** What {@link modelCells} are about. */
export const MODEL_COLUMNS: readonly Column[] = [
  { heading: 'target' },
  { heading: 'caches' },
  { heading: 'constant', align: 'right' },
  ...COLUMNS.map(([heading]): Column => ({ heading, align: 'right' })),
  { heading: 'half within', align: 'right' },
  { heading: 'nine of ten', align: 'right' },
  { heading: 'fits' },
];

/** A model as a row of a table. */
export function modelCells(model: CostModel): string[] {
  const tested = model.fitness !== 'untested';
  return [
    model.target,
    model.cache,
    bounded(model.constant, 1),
    ...COLUMNS.map(([, term, unit]) => {
      const coefficient = model.coefficients.find((one) => one.term === term);
      return coefficient === undefined ? '' : bounded(coefficient, unit);
    }),
    tested ? percent(model.misfit.median) : '',
    tested ? percent(model.misfit.most) : '',
    model.fitness,
  ];
}

function bounded({ value, low, high }: Bounded, unit: number): string {
  return formatInterval(value * unit, low * unit, high * unit);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
