import {
  allChecks,
  type CheckResult,
  type ConformanceReport,
  countOutcomes,
  runConformance,
} from '@graphdriver/conformance';
import { makeDirectory } from '@graphdriver/host';
import type { Candidate, DemoContext, Survey } from './demo-context.ts';
import { explain } from './exit-code.ts';
import { formatDuration } from './format-duration.ts';
import type { Story } from './story.ts';

/** Time that the chapters after this one need. */
const RESERVED = 150_000;
/** Characters of a failure's reason that are shown. */
const MOST_WORDS = 200;

/** Runs the conformance suite on every driver that works, and returns how many checks failed. */
export async function conformanceChapter(context: DemoContext, survey: Survey): Promise<number> {
  const { story, budget, signal } = context;
  story.chapter('The conformance suite');
  story.say(`The contract in ${allChecks.length} checks, each on a root of its own: the same for every driver.`);
  story.gap();
  const column = Math.max(...survey.candidates.map((candidate) => nameOf(candidate).length)) + 2;
  let failures = 0;
  let longest = 0;
  for (const candidate of survey.candidates) {
    const name = nameOf(candidate);
    if (!budget.allows(longest * 1.5, RESERVED)) {
      story.fact(name, 'left out: the time is needed for what follows', { column, tone: 'quiet' });
      continue;
    }
    const start = performance.now();
    try {
      const report = await examine(context, candidate);
      failures += countOutcomes(report).failed;
      tellReport(story, { name, column, report, milliseconds: performance.now() - start });
    } catch (error) {
      if (signal.aborted) throw error;
      failures += 1;
      story.fact(name, `could not be examined: ${explain(error)}`, { column, tone: 'bad' });
    }
    longest = Math.max(longest, performance.now() - start);
  }
  return failures;
}

async function examine(context: DemoContext, candidate: Candidate): Promise<ConformanceReport> {
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
    const fraction = done / allChecks.length;
    const remaining = ((performance.now() - start) / fraction) * (1 - fraction);
    const bad = failed === 0 ? '' : `, ${failed} failed`;
    progress.show({
      task,
      detail: `${done} of ${allChecks.length}${bad}, ${id}`,
      fraction,
      remaining,
    });
  };
  progress.show({ task });
  const report = await runConformance(driver, { root, signal, onResult, seed: 1 });
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
