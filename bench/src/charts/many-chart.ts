import { caseId } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import { chainCases, chainText, MANY_STEPS, manyContainerCases, manyText } from '../mount-words.ts';
import { samplesByRound, summarizeIn, type ValuesByRound } from '../summaries.ts';
import type { Chart } from './chart.ts';
import { type DotRow, dotChart } from './dot-panels.ts';
import { shortTime } from './short-units.ts';

/**
 * What a container takes among many, all of them together being divided by their number, and what one takes on chains of layers: a row
 * for each number and chain, a panel per step, a line per target.
 */
export function manyChart(result: BenchResult): Chart | undefined {
  const targets = result.targets.map((target) => target.label);
  const panel = (title: string, values: (target: string) => ValuesByRound): DotRow['panels'][number] => {
    return { title, values: targets.map((target) => summarizeIn(result, values(target))) };
  };
  const many = manyContainerCases(result).map((of): DotRow => {
    const steps = (['start_all', 'put_all', 'remove_all'] as const).map((operation) =>
      panel((MANY_STEPS[operation] ?? operation).replace(' of all', ''), (target) =>
        samplesByRound(result, target, caseId(of), operation).map((round) => round.map((all) => all / of.containers)),
      ),
    );
    return { title: `${manyText(of)}: time for each`, panels: steps };
  });
  const chains = chainCases(result).map((of): DotRow => {
    const steps = (['get', 'put', 'sync'] as const).map((operation) =>
      panel(MANY_STEPS[operation] ?? operation, (target) => samplesByRound(result, target, caseId(of), operation)),
    );
    return { title: `One container on ${chainText(of)}`, panels: steps };
  });
  return dotChart({
    name: 'many.svg',
    title: 'Many containers, and many layers',
    subtitles: [
      'Median time with its 95 % interval; log scale, further left is faster. A start is create and get.',
      'On layers: what put does not write to the disk is left to the sync after it.',
    ],
    targets,
    rows: [...many, ...chains],
    format: shortTime,
  });
}
