import type { ReportModel, ReportRows, ReportRun } from './report-model.ts';
import type { ReportSection } from './report-section.ts';
import type { ReportRow, ReportTable } from './report-table.ts';

/** What everything was measured on and with: machines, targets, and what was left out and why. */
export function machineSection(model: ReportModel): ReportSection {
  return {
    id: 'machines',
    title: 'Machines and software',
    intro: [
      'Numbers of different machines, kernels, file systems or mount options are not comparable without these facts.',
    ],
    tables: [
      machineTable([...model.runs, ...model.rows]),
      ...model.runs.map(targetsTable),
      ...model.runs.flatMap(skipTable),
    ],
    figures: [],
    more: [],
  };
}

function machineTable(runs: readonly (ReportRun | ReportRows)[]): ReportTable {
  const facts: readonly (readonly [name: string, tell: (of: ReportRun | ReportRows) => string])[] = [
    ['begun', ({ result }) => result.startedAt],
    ['ended', ({ result }) => result.endedAt],
    ['complete', ({ result }) => (result.complete ? 'yes' : 'no, it was ended early')],
    ['commit', ({ result }) => result.environment.commit ?? 'unknown'],
    ['seed', ({ result }) => String(result.seed)],
    ['kernel', ({ result }) => `${result.environment.kernel}, ${result.environment.architecture}`],
    ['CPU', ({ result }) => `${result.environment.cpu.count} × ${result.environment.cpu.model}`],
    ['governor', ({ result }) => result.environment.cpu.governor ?? 'unknown'],
    ['idle processors', ({ result }) => result.environment.cpu.idle ?? 'unknown'],
    ['memory', ({ result }) => `${result.environment.memory.total.toLocaleString('en-US')} bytes`],
    ['free memory', ({ result }) => `${result.environment.memory.free.toLocaleString('en-US')} bytes`],
    ['load before', ({ result }) => result.environment.load.map((load) => load.toFixed(2)).join(', ')],
    ['Node', ({ result }) => result.environment.node],
    ['overlay module', ({ result }) => pairs(result.environment.overlayParameters) || 'no parameters'],
    ['packages', ({ result }) => pairs(result.environment.packages)],
    ['programs', ({ result }) => pairs(result.environment.tools ?? {}) || 'none in mounts'],
  ];
  return {
    name: 'machines',
    caption: 'What each run was made on and with',
    columns: [{ heading: 'fact' }, ...runs.map(({ name }) => ({ heading: name }))],
    rows: facts.map(([name, tell]): ReportRow => ({ cells: [name, ...runs.map(tell)] })),
  };
}

function targetsTable({ id, name, result, targets }: ReportRun): ReportTable {
  return {
    name: `${id}-targets`,
    caption: `Targets of ${name} and what they stand on`,
    columns: ['target', 'driver', 'settings', 'copy-on-write', 'file system', 'mount options'].map((heading) => ({
      heading,
    })),
    rows: result.targets.map(
      ({ label, driver, settings, volatile, capabilities, filesystem }, index): ReportRow => ({
        facets: { target: targets[index]?.index ?? 0 },
        cells: [
          label,
          driver,
          [pairs(settings), ...(volatile ? ['volatile'] : [])].filter((part) => part !== '').join(' ') || 'defaults',
          capabilities?.copyOnWrite ?? 'does not work there',
          filesystem.name,
          filesystem.mountOptions.join(', '),
        ],
      }),
    ),
  };
}

function skipTable({ id, name, result, targets }: ReportRun): ReportTable[] {
  const groups = new Map<string, { readonly target: string; readonly reason: string; cases: string[] }>();
  for (const { target, reason, case: skipped } of result.skips) {
    const key = `${target}\n${reason}`;
    const group = groups.get(key) ?? { target, reason, cases: [] };
    group.cases.push(skipped);
    groups.set(key, group);
  }
  if (groups.size === 0) return [];
  return [
    {
      name: `${id}-skipped`,
      caption: `What ${name} did not measure, and why`,
      columns: [
        { heading: 'target' },
        { heading: 'cases', align: 'right' },
        { heading: 'among them' },
        { heading: 'why' },
      ],
      rows: [...groups.values()].map(
        ({ target, reason, cases }): ReportRow => ({
          facets: { target: targets.find((one) => one.name === target)?.index ?? 0 },
          cells: [target, String(cases.length), cases.slice(0, 2).join(', '), reason],
        }),
      ),
    },
  ];
}

function pairs(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
}
