import { formatBytes, formatNanoseconds } from '../format-units.ts';
import { type Column, renderTable, type TableFormat } from '../text-table.ts';
import type { WorkloadProfile, WorkloadWrites } from '../workload-profiles/workload-profile.ts';
import { HIT_RATIO, type JudgedPick, judgePicks, replayedCosts } from './judge-picks.ts';
import type { PickPrediction, PicksResult, PredictionSource } from './picks-result.ts';

const right = (heading: string): Column => ({ heading, align: 'right' });

const SOURCES: Readonly<Record<PredictionSource, string>> = {
  published: 'published costs',
  measured: 'a minute of measuring',
};

/** Hits and misses: for each workload and prediction the driver that was picked and what it cost, the best one, and the verdict. */
export function renderPicks(result: PicksResult, format: TableFormat = 'text'): string {
  const columns = [
    ...['workload', 'by', 'picked'].map((heading) => ({ heading })),
    right('it cost'),
    { heading: 'best' },
    right('that cost'),
    right('ratio'),
    { heading: 'verdict' },
  ];
  const rows = judgePicks(result).map((pick) => [
    pick.workload,
    SOURCES[pick.by],
    pick.picked?.driver ?? '',
    cost(pick.picked?.total),
    pick.best?.driver ?? '',
    cost(pick.best?.total),
    ratioOf(pick),
    verdictOf(pick),
  ]);
  return renderTable(columns, rows, format);
}

/** Every workload on every driver: what it cost, and what it was foreseen to cost. */
export function renderReplays(result: PicksResult, format: TableFormat = 'text'): string {
  const sources = (['published', 'measured'] as const).filter((by) => result.predictions.some((one) => one.by === by));
  const columns = [
    { heading: 'workload' },
    { heading: 'driver' },
    right('it cost'),
    right('in its rounds'),
    ...sources.map((by) => right(`by ${SOURCES[by]}`)),
  ];
  const rows = replayedCosts(result).map(({ workload, driver, total, rounds }) => [
    workload,
    driver,
    formatNanoseconds(total),
    `${formatNanoseconds(Math.min(...rounds.values()))} to ${formatNanoseconds(Math.max(...rounds.values()))}`,
    ...sources.map((by) => {
      return cost(result.predictions.find((one) => isOf(one, by, workload, driver))?.total);
    }),
  ]);
  return renderTable(columns, rows, format);
}

/** What was done, line by line: the workloads as they were replayed. */
export function renderReplayedWork(workloads: readonly WorkloadProfile[], format: TableFormat = 'text'): string {
  const columns = [
    { heading: 'workload' },
    right('containers'),
    { heading: 'image' },
    { heading: 'first writes of each' },
    { heading: 'later writes of each' },
  ];
  const rows = workloads.map(({ name, containers, image, firstWrites, laterWrites }) => [
    name,
    String(containers),
    `${image.files} files, ${formatBytes(image.size)}, ${image.layers} layers`,
    writesOf(firstWrites),
    writesOf(laterWrites),
  ]);
  return renderTable(columns, rows, format);
}

/** Workloads that a driver did not do, a line for each; empty where there are none. */
export function renderPickSkips({ skips }: PicksResult, format: TableFormat = 'text'): string {
  const bullet = format === 'markdown' ? '- ' : '';
  return skips.map(({ workload, driver, reason }) => `${bullet}${driver} did not do ${workload}: ${reason}\n`).join('');
}

/** How many picks were hits, as a sentence for each prediction. */
export function picksVerdict(result: PicksResult): string {
  const judged = judgePicks(result).filter(({ verdict }) => verdict !== 'not judged');
  const sentences = (['published', 'measured'] as const).flatMap((by) => {
    const own = judged.filter((pick) => pick.by === by);
    if (own.length === 0) return [];
    const hits = own.filter(({ verdict }) => verdict === 'hit').length;
    return [`By ${SOURCES[by]}, ${hits} of ${own.length} picks are hits.`];
  });
  return sentences.length === 0 ? 'No pick could be judged.\n' : `${sentences.join(' ')}\n`;
}

function isOf(one: PickPrediction, by: PredictionSource, workload: string, driver: string): boolean {
  return one.by === by && one.workload === workload && one.driver === driver;
}

function writesOf(writes: readonly WorkloadWrites[]): string {
  if (writes.length === 0) return 'none';
  return writes
    .map(({ count, size, directories }) => `${count} × ${formatBytes(size)}, ${directories} directories deep`)
    .join('; ');
}

function cost(nanoseconds: number | undefined): string {
  return nanoseconds === undefined ? '' : formatNanoseconds(nanoseconds);
}

function ratioOf({ ratio, low, high }: JudgedPick): string {
  if (ratio === null || low === null || high === null) return '';
  return low === high ? ratio.toFixed(2) : `${ratio.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
}

/** Rounds on both sides of the line make a verdict doubtful. */
function verdictOf({ verdict, low, high }: JudgedPick): string {
  const doubtful = low !== null && high !== null && low <= HIT_RATIO && high > HIT_RATIO;
  return doubtful ? `${verdict}, not surely` : verdict;
}
