import { caseId, type GroundCase, isOnGround } from '../bench-case.ts';
import type { BenchResult, TargetRecord } from '../bench-result.ts';
import { formatInterval } from '../format-units.ts';
import { GRID_CENTRE } from '../grid-cases.ts';
import type { Summary } from '../statistics.ts';
import { extraByRound, summarizeIn } from '../summaries.ts';
import { renderTable } from '../text-table.ts';
import { placeWords } from '../touch-words.ts';
import { type RenderOptions, type Section, shownTargets } from './table-cell.ts';

/** One way of using a driver, where copies cost their bytes and where they share blocks. */
export interface ReflinkRow {
  /** The driver, with its settings, and `volatile`. */
  readonly driver: string;
  readonly copied: readonly ReflinkPlace[];
  readonly shared: readonly ReflinkPlace[];
}

/** A first append at the grid's centre in one place. */
export interface ReflinkPlace {
  readonly target: string;
  /** Of the file system. */
  readonly name: string;
  readonly extra: Summary;
}

/** What {@link reflinkRows} are rows of, in a line. */
export const REFLINK_TITLE: string = `Where blocks are shared: the first append to a file of ${placeWords(GRID_CENTRE)}`;

/**
 * The first append at the grid's centre of every driver that was measured both on file systems that share blocks between copies and on
 * those that do not. Empty for results that do not say which is which.
 */
export function reflinkRows(result: BenchResult, options: Pick<RenderOptions, 'targets'> = {}): ReflinkRow[] {
  const of = centreOf(result);
  if (of === undefined) return [];
  const shown = shownTargets(result, options);
  const drivers = new Map<string, TargetRecord[]>();
  for (const target of result.targets.filter(({ label }) => shown.includes(label))) {
    drivers.set(driverWords(target), [...(drivers.get(driverWords(target)) ?? []), target]);
  }
  return [...drivers]
    .map(([driver, targets]): ReflinkRow => {
      const places = (reflinks: boolean): ReflinkPlace[] =>
        targets.filter((target) => target.reflinks === reflinks).flatMap((target) => placeOf(result, of, target));
      return { driver, copied: places(false), shared: places(true) };
    })
    .filter(({ copied, shared }) => copied.length > 0 && shared.length > 0);
}

/** The rows as a table; none where there are no rows. */
export function reflinkSection(result: BenchResult, options: RenderOptions = {}): Section[] {
  const rows = reflinkRows(result, options);
  if (rows.length === 0) return [];
  const columns = ['driver', 'blocks are copied', 'blocks are shared'].map((heading) => ({ heading }));
  const cells = rows.map(({ driver, copied, shared }) => [driver, placesText(copied), placesText(shared)]);
  return [{ title: REFLINK_TITLE, table: renderTable(columns, cells, options.format) }];
}

/** Times with the file systems that they are of: `ext4 12.1 ms [11.8, 12.6]; zfs …`. */
export function placesText(places: readonly ReflinkPlace[]): string {
  return places.map(({ name, extra }) => `${name} ${formatInterval(extra.median, extra.low, extra.high)}`).join('; ');
}

/** The case of the centre that is in the result: the touch of that kind, or the cell of the grid. */
function centreOf({ cases }: BenchResult): GroundCase | undefined {
  const cell = caseId({ workload: 'copy_up', ...GRID_CENTRE, placement: 'home', cache: 'warm' });
  const touch = caseId({ workload: 'touch', touch: 'append', ...GRID_CENTRE });
  return [cases[touch], cases[cell]].filter((of) => of !== undefined).find(isOnGround);
}

function placeOf(result: BenchResult, of: GroundCase, { label, filesystem }: TargetRecord): ReflinkPlace[] {
  const extra = summarizeIn(result, extraByRound(result, label, caseId(of)));
  return extra === undefined ? [] : [{ target: label, name: filesystem.name, extra }];
}

function driverWords({ driver, settings, volatile }: TargetRecord): string {
  const given = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  return [driver, ...(volatile ? ['volatile'] : []), ...given].join(' ');
}
