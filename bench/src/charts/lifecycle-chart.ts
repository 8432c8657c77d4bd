import { caseId, type LifecycleCase, OPERATIONS, type Operation } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import { formatBytes } from '../format-units.ts';
import type { Summary } from '../statistics.ts';
import { samplesByRound, summarizeIn } from '../summaries.ts';
import { type Chart, MARGIN, makeChart, textWidth } from './chart.ts';
import { categoryColour } from './colours.ts';
import { decades, type Extent, logScale, powersOfTen, type Scale } from './scale.ts';
import { shortTime } from './short-units.ts';
import { element, label, line } from './svg.ts';

const PANEL = 150;
/** For the numbers beside the dots, and for air. */
const GAP = 80;
const ROW = 24;

/**
 * What each call in a container's life takes: a panel per call, a line per target, a row of panels per image. The scale is
 * logarithmic, so the medians are dots with their 95 % intervals: a bar would begin at a zero that is not there.
 */
export function lifecycleChart(result: BenchResult): Chart | undefined {
  const cases = Object.values(result.cases).filter((of): of is LifecycleCase => of.workload === 'lifecycle');
  const targets = result.targets.map((target) => target.label);
  const summaryOf = (of: LifecycleCase, operation: Operation, target: string): Summary | undefined =>
    summarizeIn(result, samplesByRound(result, target, caseId(of), operation));
  const measured = cases.flatMap((of) =>
    OPERATIONS.lifecycle.flatMap((operation) => targets.map((target) => summaryOf(of, operation, target)?.median ?? 0)),
  );
  const domain = decades(measured);
  if (domain === undefined) return undefined;
  const left = MARGIN + Math.max(...targets.map(textWidth)) + 10;
  const x = logScale(domain, [0, PANEL]);
  const band = targets.length * ROW + 66;
  const body = cases.flatMap((of, row) => {
    const top = row * band;
    const image = `Image of ${formatBytes(of.files * of.fileSize)} in ${of.files} files`;
    const names = targets.map((target, index) =>
      label(target, left - 10, top + 40 + (index + 0.5) * ROW + 4, { 'text-anchor': 'end' }),
    );
    const panels = OPERATIONS.lifecycle.map((operation, column) => {
      const dots = targets.flatMap((target, index) => dot(summaryOf(of, operation, target), index, x));
      return element('g', { transform: `translate(${left + column * (PANEL + GAP)} ${top + 40})` }, [
        label(operation, 0, -8, { class: 'heading' }),
        ...grid(domain, x, targets.length * ROW),
        ...dots,
      ]);
    });
    return [label(image, MARGIN, top + 14, { class: 'faint' }), ...names, ...panels];
  });
  return makeChart({
    name: 'lifecycle.svg',
    title: 'What the life of a container takes, call by call',
    subtitles: ['Median time with its 95 % interval; log scale, further left is faster.'],
    width: Math.max(left + OPERATIONS.lifecycle.length * (PANEL + GAP) + MARGIN, 760),
    height: cases.length * band,
    body,
  });
}

function grid(domain: Extent, x: Scale, height: number): string[] {
  const powers = powersOfTen(domain);
  const every = Math.ceil(powers.length / 4);
  return powers.flatMap((value, index) => [
    line(x(value), 0, x(value), height, { class: 'rule' }),
    ...(index % every === 0
      ? [label(shortTime(value), x(value), height + 16, { class: 'faint', 'text-anchor': 'middle' })]
      : []),
  ]);
}

function dot(summary: Summary | undefined, index: number, x: Scale): string[] {
  const y = (index + 0.5) * ROW;
  if (summary === undefined) return [label('not measured', 4, y + 4, { class: 'faint' })];
  const colour = categoryColour(index);
  const at = x(summary.median);
  return [
    line(x(summary.low), y, x(summary.high), y, { stroke: colour, 'stroke-width': 6, 'stroke-opacity': 0.35 }),
    element('circle', { cx: at, cy: y, r: 4.5, fill: colour }),
    label(shortTime(summary.median), PANEL + 8, y + 4),
  ];
}
