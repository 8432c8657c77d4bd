import type { ConformanceReport } from '@graphdriver/conformance';
import { expect, test } from 'vitest';
import { tellReport } from '../src/conformance-chapter.ts';
import { Story } from '../src/story.ts';

test('a report is told as one line of counts and what failed', () => {
  const lines: string[] = [];
  const story = new Story({ write: (text) => lines.push(text) }, { colour: false, width: 80 });
  const result = { id: 'x/y', title: 'Layers stay.', duration: 1 };
  // Only the results are told.
  const report = {
    results: [
      { ...result, outcome: 'passed' },
      { ...result, outcome: 'skipped', reason: 'no' },
      { ...result, outcome: 'failed', reason: 'It went.\nat layer.ts:3' },
    ],
  } as unknown as ConformanceReport;
  tellReport(story, { name: 'vfs on xfs', column: 14, report, milliseconds: 1234 });
  expect(lines.join('').split('\n')).toEqual([
    '  vfs on xfs    1 passed, 1 failed, 1 skipped, a sample of 3 checks in 1.2 s',
    '                ✗ x/y: Layers stay.',
    '                It went.',
    '',
  ]);
});
