import type { BenchResult } from '../bench-result.ts';

/** More copy_up cells than this are told by their factors and not by their names. */
const NAMED = 3;
const CELL = /^copy_up\/([^/]+)\/layers-(\d+)\/directories-(\d+)\/(\w+)\/(\w+)$/;

const TOUCH = /^touch\/([^/]+)\/(.+)$/;

/**
 * One line per target and reason; empty where nothing was skipped. Many cells of the copy_up grid are told by their factors, and many
 * touches by their kinds.
 */
export function renderSkips(result: Pick<BenchResult, 'skips'>): string {
  const groups = new Map<string, { target: string; reason: string; cases: string[] }>();
  for (const { target, reason, case: id } of result.skips) {
    const key = `${target}\n${reason}`;
    const group = groups.get(key) ?? { target, reason, cases: [] };
    group.cases.push(id);
    groups.set(key, group);
  }
  return [...groups.values()]
    .map(({ target, reason, cases }) => `${target}: ${whatIsSkipped(cases)}: ${reason}\n`)
    .join('');
}

function whatIsSkipped(ids: readonly string[]): string {
  const cells = ids.filter((id) => CELL.test(id));
  const touches = ids.filter((id) => TOUCH.test(id));
  const told = [...(cells.length > NAMED ? cells : []), ...(touches.length > NAMED ? touches : [])];
  return [
    ...(cells.length > NAMED ? [factorsOf(cells)] : []),
    ...(touches.length > NAMED ? [kindsOf(touches)] : []),
    ...ids.filter((id) => !told.includes(id)),
  ].join(', ');
}

/** As in `4 of touch (append, chmod, chown, link; 16MiB/layers-16/directories-16)`. */
function kindsOf(touches: readonly string[]): string {
  const parts = touches.map((id) => TOUCH.exec(id)?.slice(1) ?? []);
  const values = (index: number): string => [...new Set(parts.map((part) => part[index] ?? ''))].join(', ');
  return `${touches.length} of touch (${values(0)}; ${values(1)})`;
}

/** As in `6 cells of copy_up (4KiB, 1MiB; 499 layers; 1, 16, 64 directories; home; warm)`. */
function factorsOf(cells: readonly string[]): string {
  const parts = cells.map((id) => CELL.exec(id)?.slice(1) ?? []);
  const values = (index: number): string => [...new Set(parts.map((part) => part[index] ?? ''))].join(', ');
  const factors = [values(0), `${values(1)} layers`, `${values(2)} directories`, values(3), values(4)];
  return `${cells.length} cells of copy_up (${factors.join('; ')})`;
}
