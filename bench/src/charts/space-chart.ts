import type { Operation } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import { formatBytes } from '../format-units.ts';
import { SPACE_STEPS, sharedDevices, spaceAmounts, spaceCases } from '../space-amounts.ts';
import type { Chart } from './chart.ts';
import { dotChart } from './dot-panels.ts';
import { shortBytes } from './short-units.ts';

/** The steps that are drawn: those in which drivers differ, after what the file system does by itself. */
const DRAWN: readonly Operation[] = ['plain', 'create', 'first', 'second', 'remove'];

/** What the steps in a container's life make the device write: a panel per step, a line per target that has a device, a row per image. */
export function spaceChart(result: BenchResult): Chart | undefined {
  const counted = new Set(
    result.samples.flatMap(({ target, deviceBytes }) => (deviceBytes === undefined ? [] : [target])),
  );
  const targets = result.targets.map(({ label }) => label).filter((label) => counted.has(label));
  const noisy = sharedDevices(result);
  return dotChart({
    name: 'space.svg',
    title: 'What each step in the life of a container makes the device write',
    subtitles: [
      'Median bytes with their 95 % interval, the sync after the step included; log scale, further left is less.',
      ...(noisy.length === 0 ? [] : [`On a disk that others write to as well: ${noisy.join(', ')}.`]),
    ],
    targets,
    format: shortBytes,
    rows: spaceCases(result).map((of) => {
      const amounts = targets.map((target) => spaceAmounts(result, target, of));
      return {
        title: `Image of ${of.files} files of ${formatBytes(of.fileSize)}, appends of ${formatBytes(of.append)}`,
        panels: DRAWN.map((operation) => ({
          title: SPACE_STEPS[operation] ?? operation,
          values: amounts.map((steps) => steps.find((step) => step.operation === operation)?.deviceBytes),
        })),
      };
    }),
  });
}
