import { mkdirSync, writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

interface Line {
  readonly name: string;
  readonly reason: string;
}

/** Writes what `npm test` sums up over all packages: counts, and every skip, failure and repetition with its reason. */
export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly { message: string }[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const broken = modules.flatMap((module) =>
      module.errors().map((error) => ({ name: module.relativeModuleId, reason: error.message })),
    );
    const strays = unhandled.map((error) => ({ name: 'unhandled error', reason: error.message }));
    const summary = {
      passed: tests.filter((test) => test.result().state === 'passed').length,
      skipped: tests.flatMap(skipLine),
      repeated: tests.flatMap(repeatedLine),
      failed: [...tests.flatMap(failureLine), ...broken, ...strays],
    };
    mkdirSync('.test-results', { recursive: true });
    writeFileSync('.test-results/summary.json', JSON.stringify(summary, null, 2));
  }
}

function skipLine(test: TestCase): Line[] {
  const result = test.result();
  if (result.state !== 'skipped' && result.state !== 'pending') return [];
  return [{ name: nameOf(test), reason: ('note' in result && result.note) || 'no reason given' }];
}

function failureLine(test: TestCase): Line[] {
  const result = test.result();
  return result.state === 'failed'
    ? [{ name: nameOf(test), reason: result.errors[0]?.message.split('\n')[0] ?? 'failed' }]
    : [];
}

/** Tests that say by an annotation that they had to do their work twice. */
function repeatedLine(test: TestCase): Line[] {
  const repetitions = test.annotations().filter(({ type }) => type === 'repeated');
  return repetitions.map(({ message }) => ({ name: nameOf(test), reason: message.split('\n')[0] ?? message }));
}

function nameOf(test: TestCase): string {
  return `${test.module.relativeModuleId} > ${test.fullName}`;
}
