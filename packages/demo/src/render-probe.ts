import type { ProbeReport } from '@graphdriver/core';
import type { Story } from './story.ts';

/** Tells what a driver looked at, what it saw, and what to do about what failed. */
export function tellProbe(story: Story, report: ProbeReport, summary: string): void {
  const verdict = report.usable ? story.tint('works here', 'good') : story.tint('does not work here', 'bad');
  story.gap();
  story.say(`${story.tint(report.driver, 'strong')}: ${verdict}. ${summary}`);
  const column = Math.max(...report.checks.map(({ check }) => check.length)) + 4;
  for (const { check, passed, required, why, remedy } of report.checks) {
    if (passed) story.fact(`✓ ${check}`, why, { column });
    else if (required) story.fact(`✗ ${check}`, why, { column, tone: 'bad' });
    else story.fact(`– ${check}`, `${why} (not required)`, { column, tone: 'quiet' });
    if (!passed && remedy !== undefined) story.fact('', `→ ${remedy}`, { column, tone: 'quiet' });
  }
}
