import type { CheckResult, ConformanceReport } from '../check.ts';
import { countOutcomes } from './count-outcomes.ts';

/** The report as JUnit XML, as build servers read it. A deviation counts as skipped, with its reason. */
export function renderJunit(report: ConformanceReport): string {
  const { failed, skipped, deviates } = countOutcomes(report);
  const seconds = report.results.reduce((sum, result) => sum + result.duration, 0) / 1000;
  const suite = {
    name: `${report.driver} on ${report.filesystem}`,
    tests: report.results.length,
    failures: failed,
    skipped: skipped + deviates,
    errors: 0,
    time: seconds.toFixed(3),
    timestamp: report.startedAt,
  };
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite${attributes(suite)}>`,
    '    <properties>',
    `      <property${attributes({ name: 'seed', value: report.seed })}/>`,
    `      <property${attributes({ name: 'mountWith', value: report.mountWith })}/>`,
    '    </properties>',
    ...report.results.flatMap((result) => caseOf(result, report.driver)),
    '  </testsuite>',
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

function caseOf(result: CheckResult, driver: string): readonly string[] {
  const name = `${result.id}: ${result.title}`;
  const open = `    <testcase${attributes({ classname: driver, name, time: (result.duration / 1000).toFixed(3) })}`;
  const message = { message: result.reason ?? '' };
  if (result.outcome === 'passed') return [`${open}/>`];
  const inner =
    result.outcome === 'failed'
      ? `      <failure${attributes(message)}>${escapeXml(result.reason ?? '')}</failure>`
      : `      <skipped${attributes(message)}/>`;
  return [`${open}>`, inner, '    </testcase>'];
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value)).replaceAll('\n', '&#10;')}"`)
    .join('');
}

/** Escapes what XML reserves, and replaces the control characters that no XML 1.0 document can hold. */
function escapeXml(text: string): string {
  return (
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is being replaced.
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
  );
}
