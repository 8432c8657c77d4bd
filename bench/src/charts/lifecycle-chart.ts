import { caseId, type LifecycleCase, OPERATIONS } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import { formatBytes } from '../format-units.ts';
import { samplesByRound, summarizeIn } from '../summaries.ts';
import type { Chart } from './chart.ts';
import { dotChart } from './dot-panels.ts';
import { shortTime } from './short-units.ts';

/** What each call in a container's life takes: a panel per call, a line per target, a row of panels per image. */
export function lifecycleChart(result: BenchResult): Chart | undefined {
  const cases = Object.values(result.cases).filter((of): of is LifecycleCase => of.workload === 'lifecycle');
  const targets = result.targets.map((target) => target.label);
  return dotChart({
    name: 'lifecycle.svg',
    title: 'What the life of a container takes, call by call',
    subtitles: ['Median time with its 95 % interval; log scale, further left is faster.'],
    targets,
    format: shortTime,
    rows: cases.map((of) => ({
      title: `Image of ${formatBytes(of.files * of.fileSize)} in ${of.files} files`,
      panels: OPERATIONS.lifecycle.map((operation) => ({
        title: operation,
        values: targets.map((target) => summarizeIn(result, samplesByRound(result, target, caseId(of), operation))),
      })),
    })),
  });
}
