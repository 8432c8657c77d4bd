import { machineTable } from '../charts/machine-table.ts';
import type { PicksResult } from './picks-result.ts';
import { picksVerdict, renderPickSkips, renderPicks, renderReplayedWork, renderReplays } from './render-picks.ts';

const INTRODUCTION = `# Picks

\`graphdriver pick --workload\` says what work will cost on each driver, and picks the cheapest.
Here every driver has really done the work, so that it shows whether the pick was right.
This page is written by \`node scripts/benchmarks.mjs\` from what \`graphdriver bench picks --out\` has kept.

A pick is a hit where its driver cost at most a tenth more than the best one, and \`not surely\` stands where single rounds say otherwise.
It is judged twice: by the costs that the program brings, which were measured on the machine of the [grid](README.md), and by those of \`pick --measure\`, measured for a minute in the same place just before.
All drivers that work there take part, also those that copy every layer in full and are not picked unless that is allowed.

The work is that which the workloads are named after, with fewer containers, smaller files or fewer writes, and so are the predictions.
Containers come one after another: create, get, an append of one byte to each of their files, the later appends, put, remove.
Files lie 32 to a directory, so that many share the directories above, which in the measured costs each first write pays for alone.
The image is in memory and on the disk before; nothing is synced but what the driver syncs itself.
Every round is a process of its own for each driver; the cost is the median of the rounds, and ratios have their least and greatest round beside them.`;

/** The page of picks: what was foreseen and what came out, run by run. Of the results alone. */
export function picksPage(results: readonly PicksResult[]): string {
  const blocks = [
    INTRODUCTION,
    ...results.flatMap((result) => runBlocks(result)),
    '## Machine and software',
    machineTable(results.map((run) => ({ name: `picks on ${run.filesystem.name}`, run }))),
  ];
  return `${blocks.map((block) => block.trimEnd()).join('\n\n')}\n`;
}

function runBlocks(result: PicksResult): string[] {
  const skips = renderPickSkips(result, 'markdown');
  return [
    `## On ${result.filesystem.name}`,
    picksVerdict(result),
    renderPicks(result, 'markdown'),
    'What the work cost, and what was foreseen:',
    renderReplays(result, 'markdown'),
    ...(skips === '' ? [] : [skips]),
    'What each workload was:',
    renderReplayedWork(result.workloads, 'markdown'),
  ];
}
