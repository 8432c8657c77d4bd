import type { TargetPlan } from '../bench-plan.ts';
import type { CopyUpImageShape } from '../copy-up-image.ts';
import { renderTable, type TableFormat } from '../text-table.ts';
import { renderSkips } from './skip-lines.ts';

/** A time as people say it: `40 s`, `12 min`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  return seconds < 100 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/** Milliseconds that all of a plan is guessed to take. */
export function planMilliseconds(plans: readonly TargetPlan[]): number {
  return plans.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
}

/** What would be run: for each target the cases, the samples of one round, the layers that they share and the time; and the skips. */
export function renderPlan(plans: readonly TargetPlan[], format: TableFormat = 'text'): string {
  const rows = plans.map(({ target, groups, skips, milliseconds }) => {
    const cases = groups.flatMap((group) => group.cases);
    const samples = cases.reduce((sum, planned) => sum + planned.samples, 0);
    const layers = groups.reduce((sum, { image }) => sum + (image === null ? 0 : layersOf(image)), 0);
    return [
      target.label,
      String(cases.length),
      String(skips.length),
      String(samples),
      String(layers),
      formatDuration(milliseconds),
    ];
  });
  const columns = [
    { heading: 'target' },
    ...['cases', 'skipped', 'samples a round', 'layers a round', 'all rounds'].map((heading) => {
      return { heading, align: 'right' as const };
    }),
  ];
  const table = renderTable(columns, rows, format);
  const skips = renderSkips({ skips: plans.flatMap((plan) => plan.skips) });
  return [table, ...(skips === '' ? [] : [skips]), `About ${formatDuration(planMilliseconds(plans))} in all.\n`].join(
    '\n',
  );
}

function layersOf({ chains }: CopyUpImageShape): number {
  return chains.home + chains.every - 1;
}
