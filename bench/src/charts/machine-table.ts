import type { BenchResult, TargetRecord } from '../bench-result.ts';
import type { Environment } from '../environment.ts';
import { formatBytes } from '../format-units.ts';
import type { RowsResult } from '../rows/rows-result.ts';
import { renderTable } from '../text-table.ts';

/** A run, and how it is called on the page. */
export interface NamedRun {
  readonly name: string;
  readonly run: Pick<BenchResult | RowsResult, 'startedAt' | 'endedAt' | 'environment' | 'seed' | 'complete'>;
}

/** What the runs were made on and with: a column per run. */
export function machineTable(runs: readonly NamedRun[]): string {
  const facts: readonly (readonly [string, (of: NamedRun['run']) => string])[] = [
    ['begun', ({ startedAt }) => startedAt.replace(/\.\d+Z$/, 'Z')],
    ['took', ({ startedAt, endedAt }) => formatMinutes(Date.parse(endedAt) - Date.parse(startedAt))],
    ['complete', ({ complete }) => (complete ? 'yes' : 'no, it was ended early')],
    ['kernel', ({ environment }) => `${environment.kernel}, ${environment.architecture}`],
    ['processors', ({ environment: { cpu } }) => `${cpu.count} × ${cpu.model}${more(cpu)}`],
    ['memory', ({ environment: { memory } }) => `${formatBytes(memory.total)}, ${formatBytes(memory.free)} free`],
    ['load before', ({ environment }) => environment.load.map((load) => load.toFixed(2)).join(', ')],
    ['Node', ({ environment }) => environment.node],
    ['overlay module', ({ environment }) => parameters(environment)],
    ['packages', ({ environment }) => packages(environment)],
    ...(runs.some(({ run }) => run.environment.tools !== undefined)
      ? [['programs', ({ environment }: NamedRun['run']) => tools(environment)] as const]
      : []),
    ['commit', ({ environment }) => environment.commit ?? 'none'],
    ['seed', ({ seed }) => String(seed)],
  ];
  return renderTable(
    [{ heading: '' }, ...runs.map(({ name }) => ({ heading: name }))],
    facts.map(([name, tell]) => [name, ...runs.map(({ run }) => tell(run))]),
    'markdown',
  );
}

/** The targets of the grid and what they stand on. */
export function targetsTable(targets: readonly TargetRecord[]): string {
  const columns = ['target', 'driver', 'settings', 'copy-on-write', 'file system', 'mount options'];
  return renderTable(
    columns.map((heading) => ({ heading })),
    targets.map(({ label, driver, settings, volatile, capabilities, filesystem }) => [
      label,
      driver,
      [...Object.entries(settings).map(([key, value]) => `${key}=${value}`), ...(volatile ? ['volatile'] : [])].join(
        ' ',
      ) || 'defaults',
      capabilities?.copyOnWrite ?? 'does not work there',
      filesystem.name,
      filesystem.mountOptions.join(','),
    ]),
    'markdown',
  );
}

function more({ governor, idle = null }: Environment['cpu']): string {
  return `${governor === null ? '' : `, governor ${governor}`}${idle === null ? '' : `, idle ones: ${idle}`}`;
}

function parameters({ overlayParameters }: Environment): string {
  const entries = Object.entries(overlayParameters);
  return entries.length === 0 ? 'no parameters' : entries.map(([key, value]) => `${key}=${value}`).join(' ');
}

function packages({ packages: versions }: Environment): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}

function tools({ tools: versions = {} }: Environment): string {
  return Object.values(versions).join(', ');
}

function formatMinutes(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
