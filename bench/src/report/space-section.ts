import { caseId, type Operation, type SpaceCase } from '../bench-case.ts';
import { decades } from '../charts/scale.ts';
import { shortBytes } from '../charts/short-units.ts';
import { formatBytes, formatMultiple } from '../format-units.ts';
import { SPACE_STEPS, type SpaceAmount, sharedDevices, spaceAmounts, spaceCases } from '../space-amounts.ts';
import { bytesByRound, summarizeIn, type ValuesByRound } from '../summaries.ts';
import { emptyCell } from '../tables/table-cell.ts';
import type { Figure, LegendEntry } from './figure.ts';
import type { ReportRun } from './report-model.ts';
import type { ReportSection } from './report-section.ts';
import type { ReportRow, ReportTable } from './report-table.ts';
import { type AmountWords, type Strip, stripPanel } from './strip-panel.ts';

/** What a container takes on the disk, and what each of its steps makes the device write. */
export function spaceSection(run: ReportRun): ReportSection[] {
  const cases = spaceCases(run.result);
  if (cases.length === 0) return [];
  const noisy = sharedDevices(run.result);
  return [
    {
      id: `${run.id}-space`,
      title: 'Space and write amplification',
      intro: [
        "After each step in a container's life and a sync: what removing the container would give back, as the driver says, and what the file system has in use beyond what it had before. " +
          'Then what the device was made to write, by its own counter; as a multiple, of what the program wrote.',
        ...(noisy.length === 0
          ? []
          : [`A disk that the rest of the machine writes to as well counts for everybody: ${noisy.join(', ')}.`]),
      ],
      tables: cases.flatMap((of, index) => spaceTables(run, of, index)),
      figures: cases.flatMap((of) => writtenFigure(run, of)),
      more: [],
      environment: run.environment,
    },
  ];
}

/** Steps of a container's life, and steps whose writes are counted. */
const TAKES: readonly Operation[] = ['create', 'get', 'first', 'second', 'truncate', 'unlink', 'put', 'remove'];
const WRITES: readonly Operation[] = ['idle', 'plain', ...TAKES];

function spaceTables(run: ReportRun, of: SpaceCase, index: number): ReportTable[] {
  const image = `${of.files} files of ${formatBytes(of.fileSize)}, appends of ${formatBytes(of.append)}`;
  return [
    amountTable(run, of, TAKES, takenText, {
      name: `${run.id}-space-${index + 1}`,
      caption: `On the disk after each step, by the driver and by the file system: ${image}`,
    }),
    amountTable(run, of, WRITES, writtenText, {
      name: `${run.id}-written-${index + 1}`,
      caption: `Written to the device by each step and the sync after it: ${image}`,
    }),
  ];
}

function amountTable(
  run: ReportRun,
  of: SpaceCase,
  steps: readonly Operation[],
  words: (amount: SpaceAmount) => string | undefined,
  texts: Pick<ReportTable, 'name' | 'caption'>,
): ReportTable {
  return {
    ...texts,
    columns: [
      { heading: 'target' },
      ...steps.map((operation) => ({ heading: SPACE_STEPS[operation] ?? operation, align: 'right' as const })),
    ],
    rows: run.targets.map((target): ReportRow => {
      const amounts = spaceAmounts(run.result, target.name, of);
      const empty = emptyCell(run.result, target.name, of);
      const cells = steps.map((operation) => {
        const amount = amounts.find((one) => one.operation === operation);
        return (amount === undefined ? undefined : words(amount)) ?? empty;
      });
      return { facets: { target: target.index }, cells: [target.name, ...cells] };
    }),
  };
}

function takenText({ bytes, allocated }: SpaceAmount): string | undefined {
  if (allocated === undefined) return undefined;
  return [...(bytes === undefined ? [] : [bytes]), allocated].map(({ median }) => formatBytes(median)).join(', ');
}

function writtenText({ allocated, deviceBytes, amplification }: SpaceAmount): string | undefined {
  if (deviceBytes === undefined) return allocated === undefined ? undefined : 'not counted';
  const multiple = amplification === undefined ? '' : `, ${formatMultiple(amplification.median)}`;
  return `${formatBytes(deviceBytes.median)}${multiple}`;
}

const BYTES: AmountWords = {
  short: shortBytes,
  interval: (value, low, high) => `${formatBytes(value)} [${formatBytes(low)}, ${formatBytes(high)}]`,
};

/** Every sample of what the appends, the removal and the calls made the device write, with a plain append in grey under the appends. */
function writtenFigure(run: ReportRun, of: SpaceCase): Figure[] {
  const shown: readonly Operation[] = ['create', 'first', 'second', 'unlink', 'remove'];
  const strips = shown.map((operation) => run.targets.map((target) => stripOf(run, of, operation, target)));
  const domain = decades(strips.flat().flatMap(({ samples, floor }) => [...samples, ...floor]));
  if (domain === undefined) return [];
  const id = `${run.id}-${caseId(of).replace(/[^\w]+/g, '-')}`;
  const image = `image of ${of.files} files of ${formatBytes(of.fileSize)}, appends of ${formatBytes(of.append)}`;
  return [
    {
      id,
      title: `Written to the device: ${image}`,
      subtitle:
        'Bytes of each step and the sync after it; in grey what the same append to a plain file made it write. Every sample, its median and 95 % interval, log scale.',
      panels: shown.map((operation, index) =>
        stripPanel({
          title: SPACE_STEPS[operation] ?? operation,
          facets: {},
          domain,
          strips: strips[index] ?? [],
          words: BYTES,
        }),
      ),
      table: amountTable(run, of, shown, writtenText, {
        name: id,
        caption: `Written to the device, medians: ${image}`,
      }),
      environment: run.environment,
      legend: [],
    },
  ];
}

function stripOf({ result }: ReportRun, of: SpaceCase, operation: Operation, target: LegendEntry): Strip {
  const written = (one: Operation): ValuesByRound => bytesByRound(result, target.name, caseId(of), one, 'deviceBytes');
  const empty = emptyCell(result, target.name, of);
  return {
    target,
    samples: written(operation).flat(),
    floor: operation === 'first' || operation === 'second' ? written('plain').flat() : [],
    summary: summarizeIn(result, written(operation)),
    absent: empty === 'skipped' ? empty : 'not counted',
  };
}
