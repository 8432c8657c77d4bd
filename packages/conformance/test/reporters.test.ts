import { describe, expect, it } from 'vitest';
import {
  type CheckResult,
  type ConformanceReport,
  countOutcomes,
  referenceDriver,
  renderJson,
  renderJunit,
  renderPretty,
  renderTap,
} from '../src/index.ts';

const results: readonly CheckResult[] = [
  { id: 'group/one', title: 'one is right', outcome: 'passed', duration: 1.5 },
  { id: 'group/two', title: 'two is <wrong> & "odd"', outcome: 'failed', duration: 20, reason: 'expected 1\ngot 2' },
  { id: 'other/three', title: 'three does not apply', outcome: 'skipped', duration: 0, reason: 'No wings.' },
  { id: 'other/four', title: 'four differs', outcome: 'deviates', duration: 3, reason: 'The kernel does it so.' },
];

async function report(): Promise<ConformanceReport> {
  const { capabilities } = await referenceDriver.probe({ root: '/tmp' });
  if (capabilities === null) throw new Error('These tests run as root.');
  return {
    driver: 'mine',
    filesystem: 'ext4',
    mountWith: 'auto',
    capabilities,
    startedAt: '2026-01-01T00:00:00.000Z',
    seed: 7,
    results,
  };
}

describe('reporters', () => {
  it('count each outcome', async () => {
    expect(countOutcomes(await report())).toEqual({ passed: 1, failed: 1, skipped: 1, deviates: 1 });
  });

  it('render TAP with a plan, ids that are not lost, skips and diagnostics', async () => {
    const lines = renderTap(await report())
      .trimEnd()
      .split('\n');
    expect(lines[0]).toMatch(/^TAP version 1[34]$/);
    expect(lines).toContain('1..4');
    expect(lines.filter((line) => /^ok /.test(line))).toHaveLength(2);
    expect(lines.filter((line) => /^not ok /.test(line))).toHaveLength(2);
    expect(lines.filter((line) => /^not ok .*# TODO The kernel does it so\./.test(line))).toHaveLength(1);
    expect(lines.some((line) => /^ok .*# SKIP No wings\./.test(line))).toBe(true);
  });

  it('render JUnit XML that escapes what XML reserves', async () => {
    const xml = renderJunit(await report());
    expect(xml).toContain('two is &lt;wrong&gt; &amp; &quot;odd&quot;');
    expect(xml).toMatch(/<testsuite[^>]* tests="4"[^>]*/);
    expect(xml.match(/<failure/g)).toHaveLength(1);
    expect(xml).not.toContain('<wrong>');
  });

  it('render JSON that reads back as the report', async () => {
    expect(JSON.parse(renderJson(await report()))).toEqual(await report());
  });

  it('render for people every title, every reason and the sum, in colours only when asked', async () => {
    const text = renderPretty(await report());
    for (const { title, reason } of results)
      for (const line of [title, ...(reason ?? '').split('\n')]) expect(text).toContain(line);
    expect(text).toContain('1 passed, 1 failed');
    expect(text).not.toContain('\u001b');
    expect(renderPretty(await report(), { colour: true })).toContain('\u001b');
  });
});
