import { caseId, type InsideCase, type InsideWork } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import { insideCases, workText } from '../mount-words.ts';
import type { Summary } from '../statistics.ts';
import { ratiosByRound, summarizeIn } from '../summaries.ts';
import type { Chart } from './chart.ts';
import { type DotRow, dotChart } from './dot-panels.ts';

/** The works of a row of panels, and what they have in common. */
const GROUPS: readonly { readonly title: string; readonly works: readonly InsideWork[] }[] = [
  { title: 'Reading a tree', works: ['find', 'tar', 'cp'] },
  { title: 'Changing a tree', works: ['rm', 'chown', 'install'] },
  { title: 'Building and keeping', works: ['compile', 'checkout', 'sqlite'] },
];

/** How many times as long programs take in a container as in a plain directory: a panel per program, a line per target. */
export function insideChart(result: BenchResult): Chart | undefined {
  const cases = insideCases(result);
  const targets = result.targets.map((target) => target.label);
  const ratiosOf = (of: InsideCase): (Summary | undefined)[] =>
    targets.map((target) => summarizeIn(result, ratiosByRound(result, target, caseId(of))));
  const rows = GROUPS.map(({ title, works }): DotRow => {
    const members = cases.filter(({ work }) => works.includes(work));
    return { title, panels: members.map((of) => ({ title: workText(of), values: ratiosOf(of) })) };
  });
  return dotChart({
    name: 'inside.svg',
    title: 'What programs pay for working in the mount of a container',
    subtitles: [
      'Time in a container that nobody has used yet as a multiple of the time in a plain directory; 1 is for free.',
      'Median with its 95 % interval; log scale, further left is faster.',
    ],
    targets,
    rows: rows.filter(({ panels }) => panels.length > 0),
    format: (ratio) => `${Number(ratio.toPrecision(2))}×`,
  });
}
