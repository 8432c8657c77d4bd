import {
  type BenchCase,
  type ConcurrencyCase,
  caseId,
  type GroundCase,
  type SparseCase,
  type Touch,
  type TouchCase,
} from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import { formatBytes } from '../format-units.ts';
import { extraByRound, summarizeIn } from '../summaries.ts';
import { byPlace, depthWords, placeWords, TOUCH_WORDS } from '../touch-words.ts';
import type { Chart } from './chart.ts';
import { type DotRow, dotChart } from './dot-panels.ts';
import { shortTime } from './short-units.ts';

/** The touches of a row of panels, and what they have in common. */
const GROUPS: readonly { readonly title: string; readonly touches: readonly Touch[] }[] = [
  { title: 'Contents', touches: ['append', 'middle', 'truncate', 'empty'] },
  { title: 'No contents', touches: ['open', 'chmod', 'chown', 'utimens'] },
  { title: 'Names and attributes', touches: ['rename', 'link', 'setxattr'] },
];

/**
 * What is measured around a cell of the grid, as what it takes beyond the same in a plain directory: a panel per touch, per sparse file,
 * and per number of writers. `undefined` where none of it was measured.
 */
export function touchChart(result: BenchResult): Chart | undefined {
  const cases = Object.values(result.cases);
  const targets = result.targets.map(({ label }) => label);
  const panel = (title: string, of: BenchCase): DotRow['panels'][number] => ({
    title,
    values: targets.map((target) => summarizeIn(result, extraByRound(result, target, caseId(of)))),
  });
  const rows = <Case extends GroundCase>(
    members: readonly Case[],
    title: (place: string) => string,
    name: (of: Case) => string,
    words: (of: Case) => string = placeWords,
  ): DotRow[] =>
    byPlace(members, words).map(([place, own]) => ({
      title: title(place),
      panels: own.map((of) => panel(name(of), of)),
    }));
  const touches = cases.filter((of): of is TouchCase => of.workload === 'touch');
  return dotChart({
    name: 'touches.svg',
    title: 'What the first touch of a file of a lower layer takes',
    subtitles: [
      'Median time beyond the same in a plain directory with its 95 % interval; log scale, further left is faster.',
      'What takes no more than the plain touch stands at the edge.',
    ],
    targets,
    format: shortTime,
    rows: [
      ...GROUPS.flatMap((group) =>
        rows(
          touches.filter(({ touch }) => group.touches.includes(touch)),
          (place) => `${group.title}: ${place}`,
          ({ touch }) => TOUCH_WORDS[touch],
        ),
      ),
      ...rows(
        cases.filter((of): of is SparseCase => of.workload === 'sparse'),
        (place) => `Appends to sparse files: ${place}`,
        ({ size }) => formatBytes(size),
        depthWords,
      ),
      ...rows(
        cases.filter((of): of is ConcurrencyCase => of.workload === 'concurrency'),
        (place) => `Appends at once, until the last is done: ${place}`,
        ({ writers }) => `${writers} at once`,
      ),
    ],
  });
}
