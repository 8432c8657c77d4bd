import { formatBytes, formatInterval, formatNanoseconds } from '../format-units.ts';
import type { CostModel, CostResidual } from './cost-model.ts';
import type { CostShape, CostTerm } from './cost-terms.ts';
import type { CostLimit, PredictedCost } from './predict-cost.ts';

/** As in `a first write to a 100 MiB file in layer 40 under 8 directories costs 92.1 ms (80.2 to 113) here`. */
export function costSentence({ operation, cache }: CostModel, shape: CostShape, cost: PredictedCost): string {
  const subject = subjectOf(operation, shape);
  const cold = cache === 'cold' ? `${subject.endsWith(',') ? '' : ','} caches being cold,` : '';
  return `${subject}${cold} costs ${within(cost)} here`;
}

/** As in `first writes in layer 40 under 1 directory stay under 10.0 ms up to 14 MiB (11 MiB to 17 MiB)`. */
export function limitSentence({ operation }: CostModel, shape: CostShape, found: CostLimit): string {
  const { term, value, low, high, limit, measured } = found;
  const others: CostShape = Object.fromEntries(Object.entries(shape).filter(([name]) => name !== term));
  const file = WRITES.has(operation) && others.size !== undefined ? ` to ${aSize(others.size)} file` : '';
  const subject = `${PLURALS[operation] ?? operation}${file}${placeOf(operation, others)}`;
  const under = `under ${formatNanoseconds(limit)}`;
  if (value !== null && value < 0) return `${subject} do not stay ${under}, whatever the ${NAMES[term]}`;
  if (value === null || value > measured) {
    return `${subject} stay ${under} up to ${amount(term, measured)}, the most that was measured`;
  }
  const upper = high === null || high > measured ? `more than ${amount(term, measured)}` : amount(term, high);
  const lower = low === null ? amount(term, measured) : amount(term, Math.max(0, low));
  return `${subject} stay ${under} up to ${amount(term, value)} (${lower} to ${upper})`;
}

/** What a model is worth, in sentences: how far it is off, where it is off most, and where it is off always. */
export function misfitSentences(model: CostModel): string[] {
  const { fitness, misfit, residuals } = model;
  if (fitness === 'untested') {
    return [`The model has no more than ${residuals.length} measured cells to go by, too few to test it.`];
  }
  const worst = residuals.toSorted((a, b) => Math.abs(Math.log1p(b.error)) - Math.abs(Math.log1p(a.error)))[0];
  const said = `The model fits ${WORDS[fitness]}: half of ${residuals.length} cells are within ${percent(misfit.median)} of what it says without having seen them, nine of ten within ${percent(misfit.most)}.`;
  return [
    said,
    ...(worst === undefined
      ? []
      : [
          `Worst: ${worst.case}, measured ${formatNanoseconds(worst.measured)}, modelled ${formatNanoseconds(worst.fitted)}.`,
        ]),
    ...systematicMisfits(model),
  ];
}

/** What the interval of a prediction rests on, and what it leaves out. */
export function groundSentences(model: CostModel, cost: PredictedCost, shape: CostShape): string[] {
  const rounds =
    model.unit === 'sample'
      ? [
          'Its one round is one process: the interval comes from the samples within it, and says nothing of the next process.',
        ]
      : model.rounds < 6
        ? [`The interval rests on ${model.rounds} rounds only.`]
        : [];
  const guesses = cost.beyond.map((term) => {
    const [least = 0, greatest = 0] = model.ranges[term] ?? [];
    return `${amount(term, shape[term] ?? 0)} is outside of what was measured (${amount(term, least)} to ${amount(term, greatest)}): a guess.`;
  });
  // What did not vary at all is not blind: another value of it is outside of what was measured.
  const blind = model.unknown.filter((term) => model.ranges[term]?.[0] !== model.ranges[term]?.[1]);
  const deaf =
    blind.length > 0
      ? [`What the ${blind.map((term) => NAMES[term]).join(' and the ')} does to it could not be told apart.`]
      : [];
  return [...rounds, ...guesses, ...deaf];
}

/** An amount of a term with its unit, as in `16 MiB` or `40 layers`. */
export function amount(term: CostTerm, value: number): string {
  if (term === 'size') return formatBytes(Math.floor(value));
  const count = Math.floor(value);
  return `${count.toLocaleString('en-US')} ${count === 1 ? SINGULARS[term] : UNITS[term]}`;
}

const WORDS = { good: 'well', fair: 'roughly', poor: 'badly' } as const;
const NAMES: Readonly<Record<CostTerm, string>> = {
  size: 'size',
  layers: 'number of layers',
  directories: 'number of directories',
  merged: 'number of merged directories',
  files: 'number of files',
  changed: 'number of changed files',
};
const UNITS: Readonly<Record<CostTerm, string>> = {
  size: 'bytes',
  layers: 'layers',
  directories: 'directories',
  merged: 'merged directories',
  files: 'files',
  changed: 'changed files',
};
const SINGULARS: Readonly<Record<CostTerm, string>> = {
  size: 'byte',
  layers: 'layer',
  directories: 'directory',
  merged: 'merged directory',
  files: 'file',
  changed: 'changed file',
};
const PLURALS: Readonly<Partial<Record<CostModel['operation'], string>>> = {
  plain: 'writes in a plain directory',
  first: 'first writes',
  second: 'second writes',
  create: 'creates',
  get: 'gets',
  put: 'puts',
  remove: 'removes',
  apply: 'applies',
  changes: 'lists of changes',
  diff: 'diffs',
};

/** Operations on one file of a view, or of a plain directory. */
const WRITES: ReadonlySet<CostModel['operation']> = new Set(['plain', 'first', 'second']);

function subjectOf(operation: CostModel['operation'], shape: CostShape): string {
  const size = formatBytes(shape.size ?? 0);
  const files = (shape.files ?? 0).toLocaleString('en-US');
  switch (operation) {
    case 'first':
    case 'second':
      return `a ${operation} write to ${aSize(shape.size ?? 0)} file${placeOf(operation, shape)}`;
    case 'plain':
      return `a write to ${aSize(shape.size ?? 0)} file in a plain directory${placeOf(operation, shape)}`;
    case 'apply':
      return `applying an archive of ${amount('files', shape.files ?? 0)}, ${size} together,`;
    case 'changes':
    case 'diff':
      return `${operation} of a container in which ${(shape.changed ?? 0).toLocaleString('en-US')} of ${files} files have grown`;
    default:
      return `${operation} of a container on an image of ${amount('files', shape.files ?? 0)}, ${size} together,`;
  }
}

/** As in `an 8 MiB` and `a 16 MiB`. */
function aSize(bytes: number): string {
  const size = formatBytes(Math.floor(bytes));
  return `${/^8|^1[18](?!\d)/.test(size) ? 'an' : 'a'} ${size}`;
}

/** Where a file lies; nothing for what is no write to a file. */
function placeOf(operation: CostModel['operation'], { layers, directories, merged }: CostShape): string {
  if (!WRITES.has(operation)) return '';
  const layer = layers === undefined || operation === 'plain' ? '' : ` in layer ${layers}`;
  const every = (merged ?? 0) > 0 && operation !== 'plain' ? ' that every layer has' : '';
  return directories === undefined ? layer : `${layer} under ${amount('directories', directories)}${every}`;
}

function within({ value, low, high }: PredictedCost): string {
  return formatInterval(value, low, high).replace(/ \[(.+), (.+)\]$/, ' ($1 to $2)');
}

const SYSTEMATIC = 0.15;
const LEAST_CELLS = 4;

/** Values of a term at which most cells are off in one direction. */
function systematicMisfits({ coefficients, residuals }: CostModel): string[] {
  // Of merged directories every value is a shape of its own: that is what the list of cells is for.
  const found = coefficients
    .filter(({ term }) => term !== 'merged')
    .flatMap(({ term }) => {
      const levels = new Map<number, CostResidual[]>();
      for (const residual of residuals) {
        const value = residual.shape[term] ?? 0;
        levels.set(value, [...(levels.get(value) ?? []), residual]);
      }
      return [...levels]
        .filter(([, cells]) => cells.length >= LEAST_CELLS)
        .map(([value, cells]) => ({ term, value, error: medianError(cells) }))
        .filter(({ error }) => Math.abs(error) > SYSTEMATIC);
    });
  return found
    .sort((a, b) => Math.abs(b.error) - Math.abs(a.error))
    .slice(0, 3)
    .map(
      ({ term, value, error }) =>
        `It says too ${error > 0 ? 'little' : 'much'} at ${amount(term, value)}: measured is ${percent(Math.abs(error))} ${error > 0 ? 'more' : 'less'}.`,
    );
}

function medianError(cells: readonly CostResidual[]): number {
  const errors = cells.map(({ error }) => error).sort((a, b) => a - b);
  return errors[Math.floor(errors.length / 2)] ?? 0;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
