import { describe, expect, test } from 'vitest';
import { benchmarksPage } from '../../src/charts/benchmarks-page.ts';
import { judgePicks } from '../../src/picks/judge-picks.ts';
import { parsePicks } from '../../src/picks/picks-file.ts';
import type { PicksResult } from '../../src/picks/picks-result.ts';
import { renderPickSkips, renderPicks, renderReplays } from '../../src/picks/render-picks.ts';
import { picksOf } from './picks-fixture.ts';

const rounds = (...taken: readonly number[]) => taken.map((one) => one * 1e6);
const result = picksOf({
  right: { one: { foreseen: 1, rounds: rounds(10, 10, 11) }, two: { foreseen: 2, rounds: rounds(20, 21, 19) } },
  near: { one: { foreseen: 1, rounds: rounds(10.9, 10.8, 12) }, two: { foreseen: 2, rounds: rounds(10, 10, 10) } },
  wrong: { one: { foreseen: 1, rounds: rounds(30, 31, 29) }, two: { foreseen: 2, rounds: rounds(10, 10, 10) } },
  undone: { one: { foreseen: 1, rounds: [] }, two: { foreseen: 2, rounds: rounds(5) } },
  nobody: { one: { foreseen: 1, rounds: [] } },
});

describe('a pick', () => {
  test('is a hit within a tenth of the best, and else a miss', () => {
    const judged = judgePicks(result).map(({ workload, picked, best, verdict }) => [
      workload,
      picked?.driver,
      best?.driver,
      verdict,
    ]);
    expect(judged).toEqual([
      ['right', 'one', 'one', 'hit'],
      ['near', 'one', 'two', 'hit'],
      ['wrong', 'one', 'two', 'miss'],
      // The cheapest by prediction did not do the work: the next one is judged.
      ['undone', 'two', 'two', 'hit'],
      ['nobody', undefined, undefined, 'not judged'],
    ]);
  });

  test('has the ratio of the medians, and the least and greatest of single rounds', () => {
    const [, near] = judgePicks(result);
    expect(near).toMatchObject({ ratio: 1.09, low: 1.08, high: 1.2 });
  });

  test('is told with its doubts', () => {
    const table = renderPicks(result);
    const line = (workload: string) => table.split('\n').find((one) => one.startsWith(workload));
    expect(line('near')).toMatch(/hit, not surely$/);
    expect(line('wrong')).toMatch(/miss$/);
    expect(line('nobody')).toMatch(/not judged$/);
  });
});

describe('the tables and the page', () => {
  test('have what was foreseen beside what came out, and what was not done', () => {
    const skipped = { ...result, skips: [{ workload: 'undone', driver: 'one', reason: 'No | space.' }] };
    expect(renderReplays(skipped)).toContain('20.0 ms');
    expect(renderPickSkips(skipped)).toBe('one did not do undone: No | space.\n');
    expect(renderPickSkips(result)).toBe('');
  });

  test('are made of picks alone, or left out without them', () => {
    const { 'README.md': page = '', 'picks.md': picks = '' } = benchmarksPage({ picks: [result] });
    expect(page).toContain('(picks.md)');
    for (const word of ['3 of 4 picks are hits', '| wrong', 'Machine and software']) expect(picks).toContain(word);
    expect(Object.keys(benchmarksPage({}))).toEqual(['README.md']);
  });
});

describe('a file of picks', () => {
  const parsed = (changed: Partial<PicksResult> | object): unknown =>
    parsePicks(JSON.stringify({ ...result, ...changed }), 'it.json');

  test('reads back as it was written', () => {
    expect(parsed({})).toEqual(result);
  });

  test.each<[string, object]>([
    ['another format', { format: 'graphdriver-rows' }],
    ['a time that is none', { startedAt: 'yesterday' }],
    ['a run of a driver that is not there', { drivers: ['one'] }],
    ['a run of a workload that is not there', { workloads: [] }],
    ['a run twice', { runs: [...result.runs, ...result.runs] }],
    ['a part that is missing', { runs: [{ ...result.runs[0], parts: { create: 1 } }] }],
    ['a prediction that is no number', { predictions: [{ ...result.predictions[0], total: 'much' }] }],
  ])('is refused with %s', (_, changed) => {
    expect(() => parsed(changed)).toThrow(expect.objectContaining({ code: 'INVALID_ARCHIVE' }));
  });

  test('is refused where a later release wrote it, and where it is no JSON', () => {
    expect(() => parsed({ version: 99 })).toThrow(expect.objectContaining({ code: 'NEWER_FORMAT' }));
    for (const text of ['', 'null', '[', '[]']) {
      expect(() => parsePicks(text, 'it.json')).toThrow(expect.objectContaining({ code: 'INVALID_ARCHIVE' }));
    }
  });
});
