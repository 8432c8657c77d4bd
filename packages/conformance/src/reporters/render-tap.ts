import type { CheckResult, ConformanceReport } from '../check.ts';

/**
 * The report in the Test Anything Protocol, version 14.
 *
 * A deviation is a `TODO`: not ok, and no failure. See https://testanything.org/tap-version-14-specification.html
 */
export function renderTap(report: ConformanceReport): string {
  const lines = [
    'TAP version 14',
    `1..${report.results.length}`,
    `# ${report.driver} on ${report.filesystem}, seed ${report.seed}`,
    ...report.results.flatMap((result, index) => pointOf(result, index + 1)),
  ];
  return `${lines.join('\n')}\n`;
}

function pointOf(result: CheckResult, number: number): readonly string[] {
  const verdict = result.outcome === 'passed' || result.outcome === 'skipped' ? 'ok' : 'not ok';
  const point = `${verdict} ${number} - ${escapeText(`${result.id} ${result.title}`)}${directiveOf(result)}`;
  const yaml = ['  ---', `  duration_ms: ${result.duration}`];
  if (result.outcome === 'failed') yaml.push(`  message: ${JSON.stringify(result.reason ?? '')}`);
  return [point, ...yaml, '  ...'];
}

function directiveOf(result: CheckResult): string {
  const reason = escapeText((result.reason ?? '').replaceAll('\n', ' '));
  if (result.outcome === 'skipped') return ` # SKIP ${reason}`;
  return result.outcome === 'deviates' ? ` # TODO ${reason}` : '';
}

/** In a description a bare `#` would start a directive. */
function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('#', '\\#');
}
