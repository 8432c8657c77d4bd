import type { CacheState } from '../bench-case.ts';
import { decades, type Extent, logScale, powersOfTen, type Scale } from '../charts/scale.ts';
import { shortTime } from '../charts/short-units.ts';
import { element, label, line } from '../charts/svg.ts';
import type { CostModel } from '../cost-model/cost-model.ts';
import { misfitSentences } from '../cost-model/cost-sentences.ts';
import { firstWriteModels, MODEL_COLUMNS, modelCells } from '../cost-model/model-table.ts';
import type { Figure, Panel } from './figure.ts';
import type { ReportRun } from './report-model.ts';
import type { ReportSection } from './report-section.ts';
import type { ReportRow, ReportTable } from './report-table.ts';
import { targetClass } from './theme.ts';

const PLOT = { width: 226, height: 150 } as const;
const LEFT = 54;
const TOP = 46;
/** Factors both ways that the charts have room for; what is farther off stands at the edge. */
const REACH = 4;

/** First writes as formulas, and how far the formulas are off. Fits the models: takes a tenth of a second for each. */
export function modelSection(run: ReportRun): ReportSection[] {
  const models = firstWriteModels(run.result);
  if (models.length === 0) return [];
  const figures = (['warm', 'cold'] as const).flatMap((cache) => modelFigure(run, models, cache));
  return [
    {
      id: `${run.id}-models`,
      title: 'What a first write costs by formula',
      intro: [
        'A constant, and so much for each MiB, layer and directory; where every layer has the directories, each costs again for each layer but the first. ' +
          'Fitted to relative errors with Huber weights, without negative terms; 95 % intervals from resampling.',
        'The last columns say how far measured cells are from a formula that was fitted without them. A formula that fits poorly is shown all the same, and said to.',
      ],
      tables: [formulaTable(run, models)],
      figures: figures.slice(0, 1),
      more: figures.slice(1),
      environment: run.environment,
    },
  ];
}

function formulaTable(run: ReportRun, models: readonly CostModel[]): ReportTable {
  return {
    name: `${run.id}-models`,
    caption: 'First writes by formula: nanoseconds to seconds for each unit, with 95 % intervals',
    columns: MODEL_COLUMNS,
    rows: models.map(
      (model): ReportRow => ({
        facets: { target: indexOf(run, model), cache: model.cache },
        cells: modelCells(model),
      }),
    ),
  };
}

function modelFigure(run: ReportRun, models: readonly CostModel[], cache: CacheState): Figure[] {
  const own = models.filter((model) => model.cache === cache);
  const domain = decades(
    own.flatMap(({ residuals }) => residuals.flatMap(({ measured, fitted }) => [measured, fitted])),
  );
  if (domain === undefined) return [];
  const id = `${run.id}-models-${cache}`;
  return [
    {
      id,
      title: `How far the formulas are off, ${cache} caches`,
      subtitle:
        'A dot for each cell of the grid: measured over modelled, by what the formula says. Log scales; the bands hold half and nine of ten of the cells.',
      panels: own.map((model) => misfitPanel(run, model, domain)),
      table: residualTable(run, own, id, cache),
      environment: run.environment,
      legend: [],
    },
  ];
}

function misfitPanel(run: ReportRun, model: CostModel, domain: Extent): Panel {
  const { target, cache, misfit, fitness, residuals } = model;
  const x = logScale(domain, [0, PLOT.width]);
  const y = logScale([1 / REACH, REACH], [PLOT.height, 0]);
  const index = indexOf(run, model);
  const told =
    fitness === 'untested'
      ? 'too few cells to test it'
      : `${fitness}: half within ${percent(misfit.median)}, nine of ten within ${percent(misfit.most)}`;
  const points = residuals.map(({ measured, fitted }) => `M${n(x(fitted))} ${n(y(measured / fitted))}h0`).join('');
  return {
    title: `${target}: ${told}`,
    facets: { target: index, cache },
    width: LEFT + PLOT.width + 24,
    height: TOP + PLOT.height + 40,
    body: [
      label(target, LEFT, 14, { class: 'heading' }),
      label(told, LEFT, 32, { class: 'small faint' }),
      element('g', { transform: `translate(${LEFT} ${TOP})` }, [
        ...misfitAxes(domain, x, y),
        ...[misfit.median, misfit.most].map((off) => band(off, y)),
        line(0, y(1), PLOT.width, y(1), { class: 'axis' }),
        element('path', { class: `sample ${targetClass(index)}`, d: points }),
      ]),
    ],
  };
}

/** What lies within a misfit both ways. */
function band(misfit: number, y: Scale): string {
  const [top, bottom] = [y(1 + misfit), y(1 / (1 + misfit))];
  return element('rect', { class: 'band', x: 0, y: top, width: PLOT.width, height: bottom - top });
}

function misfitAxes(domain: Extent, x: Scale, y: Scale): string[] {
  const powers = powersOfTen(domain);
  const every = Math.ceil(powers.length / 4);
  const factors = [
    [4, '4 ×'],
    [2, '2 ×'],
    [1, 'right'],
    [1 / 2, '½'],
    [1 / 4, '¼'],
  ] as const;
  return [
    ...factors.flatMap(([factor, name]) => [
      line(0, y(factor), PLOT.width, y(factor), { class: 'rule' }),
      label(name, -8, y(factor) + 4, { 'text-anchor': 'end', class: 'small' }),
    ]),
    ...powers.flatMap((value, place) => [
      line(x(value), 0, x(value), PLOT.height, { class: 'minor' }),
      ...(place % every === 0
        ? [label(shortTime(value), x(value), PLOT.height + 16, { 'text-anchor': 'middle', class: 'small' })]
        : []),
    ]),
    label('modelled', PLOT.width / 2, PLOT.height + 34, { class: 'faint small', 'text-anchor': 'middle' }),
  ];
}

function residualTable(run: ReportRun, models: readonly CostModel[], name: string, cache: CacheState): ReportTable {
  return {
    name,
    caption: `How the formulas fit, and where they are off most, ${cache} caches`,
    columns: [{ heading: 'target' }, { heading: 'cells', align: 'right' }, { heading: 'what there is to say' }],
    rows: models.map(
      (model): ReportRow => ({
        facets: { target: indexOf(run, model), cache },
        cells: [model.target, String(model.residuals.length), misfitSentences(model).join(' ')],
      }),
    ),
  };
}

function indexOf(run: ReportRun, { target }: CostModel): number {
  return run.targets.find(({ name }) => name === target)?.index ?? 0;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function n(value: number): string {
  return String(Number(value.toFixed(1)));
}
