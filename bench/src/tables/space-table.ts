import type { SpaceCase } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import { formatBytes, formatMultiple } from '../format-units.ts';
import { SPACE_STEPS, type SpaceAmount, sharedDevices, spaceAmounts, spaceCases } from '../space-amounts.ts';
import { type Column, renderTable } from '../text-table.ts';
import { emptyCell, type RenderOptions, type Section, shownTargets } from './table-cell.ts';

/**
 * What a container takes on the disk after each step of its life, and what each step makes the device write: two tables for each image,
 * with a row per step and a column per target.
 */
export function spaceSections(result: BenchResult, options: RenderOptions = {}): Section[] {
  return spaceCases(result).flatMap((of) => {
    const image = `an image of ${of.files} files of ${formatBytes(of.fileSize)}, appends of ${formatBytes(of.append)}`;
    const noisy = sharedDevices(result).filter((target) => shownTargets(result, options).includes(target));
    const whose = noisy.length === 0 ? '' : ` (counters shared with the machine: ${noisy.join(', ')})`;
    return [
      { title: `Space after each step: ${image}`, table: amountTable(result, of, options, spaceCell) },
      {
        title: `Written to the device by each step${whose}: ${image}`,
        table: amountTable(result, of, options, deviceCell),
      },
    ];
  });
}

function amountTable(
  result: BenchResult,
  of: SpaceCase,
  options: RenderOptions,
  cell: (amount: SpaceAmount) => string | undefined,
): string {
  const targets = shownTargets(result, options);
  const columns: Column[] = [
    { heading: 'step' },
    ...targets.map((target): Column => ({ heading: target, align: 'right' })),
  ];
  const byTarget = targets.map((target) => spaceAmounts(result, target, of));
  const rows = (byTarget[0] ?? []).flatMap(({ operation }, index) => {
    const cells = byTarget.map((amounts) => amounts[index] && cell(amounts[index]));
    if (cells.every((one) => one === undefined) && isBeside(operation)) return [];
    return [[stepName(operation), ...cells.map((one, at) => one ?? emptyCell(result, targets[at] ?? '', of))]];
  });
  return renderTable(columns, rows, options.format);
}

function stepName(operation: SpaceAmount['operation']): string {
  return SPACE_STEPS[operation] ?? operation;
}

function isBeside(operation: SpaceAmount['operation']): boolean {
  return operation === 'idle' || operation === 'plain';
}

/** As in `1 MiB, 1.1 MiB`: what the driver says, and what the file system says. */
function spaceCell({ operation, bytes, allocated }: SpaceAmount): string | undefined {
  if (allocated === undefined || isBeside(operation)) return undefined;
  const used = formatBytes(allocated.median);
  return bytes === undefined ? used : `${formatBytes(bytes.median)}, ${used}`;
}

/** As in `1.1 MiB, 273×`: what was written, and as a multiple of what the program wrote. */
function deviceCell({ allocated, deviceBytes, amplification }: SpaceAmount): string | undefined {
  if (deviceBytes === undefined) return allocated === undefined ? undefined : 'not counted';
  const written = formatBytes(deviceBytes.median);
  return amplification === undefined ? written : `${written}, ${formatMultiple(amplification.median)}`;
}
