import { formatNanoseconds } from '../format-units.ts';
import { renderTable, type TableFormat } from '../text-table.ts';
import type { CostAnswer } from './answer-cost.ts';
import type { CostModel } from './cost-model.ts';
import { amount } from './cost-sentences.ts';
import type { CostTerm } from './cost-terms.ts';

/** How to print answers. */
export interface CostOptions {
  readonly format?: TableFormat;
  /** Also the coefficients, and every cell beside what the model makes of it. */
  readonly models?: boolean;
}

/** Answers for people: a paragraph for each target, the cheapest first. */
export function renderCost(answers: readonly CostAnswer[], options: CostOptions = {}): string {
  const { format = 'text', models = false } = options;
  return answers
    .map((answer) => {
      const said = answer.sentences.map((sentence) => `${capital(sentence)}.`);
      const lines = [`${answer.target}`, ...[...said, ...answer.reservations].map((line) => `  ${line}`)];
      return `${lines.join('\n')}\n${models ? `\n${renderModel(answer.model, format)}` : ''}`;
    })
    .join('\n');
}

/** A model as two tables: what each term costs, and the cells with their residuals. */
export function renderModel(model: CostModel, format: TableFormat = 'text'): string {
  const costs = [
    ['constant', formatNanoseconds(model.constant.value), bounds(model.constant.low, model.constant.high)],
    ...model.coefficients.map(({ term, value, low, high }) => {
      const unit = term === 'size' ? 1024 ** 2 : 1;
      return [PER[term], formatNanoseconds(value * unit), bounds(low * unit, high * unit)];
    }),
  ];
  const cells = model.residuals.map(({ case: id, measured, fitted, error }) => [
    id,
    formatNanoseconds(measured),
    formatNanoseconds(fitted),
    `${error >= 0 ? '+' : '−'}${Math.round(Math.abs(error) * 100)} %`,
  ]);
  const ranges = Object.entries(model.ranges)
    // Entries forget which names the keys are.
    .map(([term, [low, high]]) => `${amount(term as CostTerm, low)} to ${amount(term as CostTerm, high)}`)
    .join(', ');
  return [
    renderTable(headed(['cost', 'value', '95 % interval']), costs, format),
    `Measured: ${ranges}.\n`,
    renderTable(headed(['cell', 'measured', 'modelled', 'error']), cells, format),
  ].join('\n');
}

const PER: Readonly<Record<CostTerm, string>> = {
  size: 'per MiB',
  layers: 'per layer',
  directories: 'per directory',
  merged: 'per directory and layer beyond the first, where every layer has them',
  files: 'per file',
  changed: 'per changed file',
};

function headed([first = '', ...others]: readonly string[]): { heading: string; align?: 'right' }[] {
  return [{ heading: first }, ...others.map((heading) => ({ heading, align: 'right' as const }))];
}

function bounds(low: number, high: number): string {
  return `${formatNanoseconds(low)} to ${formatNanoseconds(high)}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
