import { formatNanoseconds, partWords } from '@graphdriver/bench';
import type { Selection } from '@graphdriver/core';
import { columns, paint } from '../terminal.ts';
import type { WeighedDriver, Weighing } from './weigh-evidence.ts';

/** What evidence says, for people: the choice, the sums, what the work would miss, and what would change the answer. */
export function renderWeighing(selection: Selection, weighing: Weighing): string {
  const { workload, driver, verdict, costs, unmeasured, changes, source } = weighing;
  const unknown = unmeasured.length === 0 ? [] : [`Not measured: ${unmeasured.join(', ')}.`];
  return [
    `${paint('bold', driver)} for ${workload.name}. ${verdict}`,
    `By the rules: ${selection.driver.name}. ${selection.reason}`,
    `By evidence: ${evidenceLine(weighing)}\n${sourceLine(source)}`,
    `${paint('bold', workload.name)}: ${workload.summary}`,
    ...(costs.length === 0 ? [] : [totals(costs)]),
    ...unknown,
    ...costs.map(sums),
    ...warnings(costs),
    ...(changes.length === 0 ? [] : [`${paint('bold', 'What would change the answer')}\n${indented(changes)}`]),
  ].join('\n\n');
}

/** The choices of several workloads, a line for each, and what every driver would cost. */
export function renderChoices(weighings: readonly Weighing[]): string {
  const rows = weighings.map(({ workload, driver, costs, agrees }) => [
    workload.name,
    driver,
    agrees === false ? 'no' : agrees === null ? '' : 'yes',
    costs.map((cost) => `${cost.driver} ${formatNanoseconds(cost.total)}`).join(', '),
  ]);
  return columns(['WORKLOAD', 'DRIVER', 'AS THE RULES', 'COSTS'], rows);
}

function sourceLine({ origin, machine, measuredAt }: Weighing['source']): string {
  if (origin === 'measured') return 'Costs were measured here, just now.';
  const measured = `Costs were measured on ${machine}, on ${measuredAt.slice(0, 10)}.`;
  return origin === 'file' ? measured : `${measured} Those of this disk: --measure, which takes a minute at most.`;
}

function evidenceLine({ cheapest, costs }: Weighing): string {
  const best = costs.find(({ driver }) => driver === cheapest);
  if (best === undefined) return 'nothing, for want of measurements.';
  return `${best.driver}, at ${formatNanoseconds(best.total)}.`;
}

function totals(costs: readonly WeighedDriver[]): string {
  const rows = costs.map(({ driver, target, total, low, high, here }) => [
    driver,
    formatNanoseconds(total),
    `${formatNanoseconds(low)} to ${formatNanoseconds(high)}`,
    here ? target : `${target}, which is another file system than here`,
  ]);
  return columns(['DRIVER', 'COST', 'IF EVERY MODEL IS OFF', 'MEASURED'], rows);
}

/** Each kind of operation: how many, what one costs, what all cost, and whether that is a guess. */
function sums({ target, parts, total }: WeighedDriver): string {
  const rows = parts.map((part) => [
    part.count.toLocaleString('en-US'),
    formatNanoseconds(part.each),
    formatNanoseconds(part.total),
    `${Math.round((100 * part.total) / total)} %`,
    `${partWords(part)}${remark(part)}`,
  ]);
  return `${paint('bold', target)}\n${columns(['COUNT', 'EACH', 'TOGETHER', 'SHARE', 'OF'], rows)}`;
}

function remark({ beyond, fitness }: WeighedDriver['parts'][number]): string {
  if (beyond.length > 0) return ` (a guess: outside of what was measured in ${beyond.join(' and ')})`;
  return fitness === 'poor' ? ' (the model fits badly)' : '';
}

function warnings(costs: readonly WeighedDriver[]): readonly string[] {
  const found = costs.flatMap(({ driver, unmet }) => unmet.map(({ sentence }) => `${driver}: ${sentence}`));
  return found.length === 0 ? [] : [`${paint('yellow', 'What the work would miss')}\n${indented(found)}`];
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n');
}
