import type { BenchResult } from '../bench-result.ts';
import { renderResult } from '../tables/render-result.ts';
import { gridSections } from './grid-sections.ts';
import { machineTable, targetsTable } from './machine-table.ts';

const ONE_ROUND =
  'So far every target has had one round: the intervals are of samples within one process, and what another process finds may lie outside of them. ' +
  '`graphdriver bench run --resume` adds rounds.';

/** The page of the run in which other programs were measured beside our drivers, with its charts: texts by file name. */
export function oneRunPage(run: BenchResult): Readonly<Record<string, string>> {
  const sections = gridSections(run, { prefix: 'one-run-' });
  const charts = sections.flatMap((section) => section.charts);
  const blocks = [
    '# All drivers and other programs, in one run',
    'This page is written by `node scripts/benchmarks.mjs`, too.\n' +
      'Every driver of ours that works on the machine, and [other programs](peers.md), which were measured by the same steps, on the same file systems, in one order drawn anew for each round.\n' +
      'Docker, containerd and containers/storage mount the kernel’s overlay, as our `overlay2` does: what their first writes lie apart is the worth of one process and of mount options, and what differs by its nature is the life of a container around it.',
    ...(run.rounds === 1 ? [ONE_ROUND] : []),
    ...sections.flatMap((section) => section.blocks),
    '## Machine and software',
    machineTable([{ name: 'the run', run }]),
    'What was measured:',
    targetsTable(run.targets),
    '## All numbers',
    renderResult(run, { format: 'markdown' }),
  ];
  const page = `${blocks.map((block) => block.trimEnd()).join('\n\n')}\n`;
  return Object.fromEntries([['one-run.md', page], ...charts.map(({ name, svg }) => [name, svg] as const)]);
}
