import type { CheckResult, ConformanceReport, Outcome } from '../check.ts';
import { countOutcomes } from './count-outcomes.ts';

const MARKS: Readonly<Record<Outcome, string>> = { passed: '✓', failed: '✗', skipped: '-', deviates: '!' };
const COLOURS: Readonly<Record<Outcome, number>> = { passed: 32, failed: 31, skipped: 90, deviates: 33 };

/** Options of {@link renderPretty}. */
export interface PrettyOptions {
  /** Writes ANSI colours; for terminals. */
  readonly colour?: boolean;
}

/** The report for people: one line per check under its group, reasons below, the sum at the end. */
export function renderPretty(report: ConformanceReport, options: PrettyOptions = {}): string {
  const paint = (text: string, code: number): string =>
    options.colour === true ? `\u001b[${code}m${text}\u001b[0m` : text;
  const settings = Object.entries(report.settings ?? {}).map(([key, value]) => `, ${key}=${value}`);
  const lines = [
    `${report.driver} on ${report.filesystem}, mounting by ${report.mountWith}${settings.join('')}, seed ${report.seed}`,
  ];
  let group = '';
  for (const result of report.results) {
    const next = groupOf(result);
    if (next !== group) lines.push('', paint(next, 1));
    group = next;
    lines.push(
      `  ${paint(MARKS[result.outcome], COLOURS[result.outcome])} ${result.title} ${paint(timeOf(result), 90)}`,
    );
    if (result.outcome === 'failed') lines.push(`      ${paint(result.id, 31)}`);
    if (result.reason !== undefined) lines.push(...result.reason.split('\n').map((line) => `      ${line}`));
  }
  const { passed, failed, skipped, deviates } = countOutcomes(report);
  lines.push('', `${passed} passed, ${failed} failed, ${deviates} deviate, ${skipped} skipped`);
  return `${lines.join('\n')}\n`;
}

function groupOf(result: CheckResult): string {
  return result.id.slice(0, Math.max(0, result.id.indexOf('/')));
}

function timeOf(result: CheckResult): string {
  return result.outcome === 'skipped' ? '' : `${Math.round(result.duration)} ms`;
}
