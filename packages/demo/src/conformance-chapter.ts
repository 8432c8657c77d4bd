import { allChecks, type CheckResult, type ConformanceReport, countOutcomes } from '@graphdriver/conformance';
import { makeDirectory } from '@graphdriver/host';
import type { Candidate, DemoContext, Survey } from './demo-context.ts';
import { explain } from './exit-code.ts';
import { formatDuration } from './format-duration.ts';
import { sampledSuite } from './sampled-suite.ts';
import type { Story } from './story.ts';
import { TimeBudget } from './time-budget.ts';

/** Time that the chapters after this one need. */
const RESERVED = 150_000;
/** Time for the suites of a quick demonstration, all together. */
const QUICK = 45_000;
/** With less time than this a suite says too little. */
const SHORTEST = 3000;
/** Characters of a failure's reason that are shown. */
const MOST_WORDS = 200;

/**
 * Runs the conformance suite on every driver that works, and returns how many checks failed. On this machine's own file system it is the
 * whole suite, unless the demonstration is a quick one; elsewhere a sample that the time allows, the same time for each.
 */
export async function conformanceChapter(context: DemoContext, survey: Survey): Promise<number> {
  const { story, signal } = context;
  story.chapter('The conformance suite');
  story.say(`The contract in ${allChecks.length} checks, each on a root of its own: the same for every driver.`);
  story.gap();
  const column = Math.max(...survey.candidates.map((candidate) => nameOf(candidate).length)) + 2;
  const budget = context.quick ? new TimeBudget(QUICK) : context.budget.without(RESERVED);
  let failures = 0;
  for (const [index, candidate] of survey.candidates.entries()) {
    const name = nameOf(candidate);
    const share = budget.left / (survey.candidates.length - index);
    const time = context.quick || candidate.place.loop ? share : budget.left;
    if (time < SHORTEST) {
      story.fact(name, 'left out: the time is needed for what follows', { column, tone: 'quiet' });
      continue;
    }
    const start = performance.now();
    try {
      const report = await examine(context, candidate, time);
      failures += countOutcomes(report).failed;
      tellReport(story, { name, column, report, milliseconds: performance.now() - start });
    } catch (error) {
      if (signal.aborted) throw error;
      failures += 1;
      story.fact(name, `could not be examined: ${explain(error)}`, { column, tone: 'bad' });
    }
  }
  return failures;
}

async function examine(context: DemoContext, candidate: Candidate, time: number): Promise<ConformanceReport> {
  const { progress, signal, record } = context;
  const { driver, place } = candidate;
  const root = `${place.directory}/conformance-${driver.module.name}`;
  makeDirectory(root);
  const task = `checking ${nameOf(candidate)}`;
  const start = performance.now();
  let done = 0;
  let failed = 0;
  const onResult = ({ outcome, id }: CheckResult): void => {
    done += 1;
    if (outcome === 'failed') failed += 1;
    const took = performance.now() - start;
    const remaining = Math.min((took / done) * (allChecks.length - done), Math.max(0, time - took));
    const fraction = took / (took + remaining);
    const bad = failed === 0 ? '' : `, ${failed} failed`;
    progress.show({
      task,
      detail: `${done} of ${allChecks.length}${bad}, ${id}`,
      fraction,
      remaining,
    });
  };
  progress.show({ task });
  const report = await sampledSuite(driver, { root, signal, onResult, seed: 1, time });
  record.conformance.push({ place: place.label, milliseconds: performance.now() - start, report });
  return report;
}

/** What {@link tellReport} tells. */
export interface ToldReport {
  readonly name: string;
  readonly column: number;
  readonly report: ConformanceReport;
  readonly milliseconds: number;
}

/** One line of counts, and what failed. */
export function tellReport(story: Story, { name, column, report, milliseconds }: ToldReport): void {
  const { passed, failed, skipped, deviates } = countOutcomes(report);
  const counts = [`${passed} passed`, `${failed} failed`, `${skipped} skipped`];
  if (deviates > 0) counts.push(`${deviates} known deviations`);
  const { length } = report.results;
  if (length < allChecks.length) counts.push(`a sample of ${length} checks`);
  story.fact(name, `${counts.join(', ')} in ${formatDuration(milliseconds)}`, {
    column,
    tone: failed === 0 ? 'good' : 'bad',
  });
  for (const { id, title, reason } of report.results.filter(({ outcome }) => outcome === 'failed')) {
    story.fact('', `✗ ${id}: ${title}`, { column, tone: 'bad' });
    if (reason !== undefined) story.fact('', firstWords(reason), { column, tone: 'quiet' });
  }
}

/** The first line of a reason, cut where it is long: the result file has all of it. */
function firstWords(reason: string): string {
  const line = reason.split('\n')[0] ?? '';
  return line.length > MOST_WORDS ? `${line.slice(0, MOST_WORDS)}…` : line;
}

function nameOf({ driver, place }: Candidate): string {
  return `${driver.module.name} on ${place.label}`;
}
