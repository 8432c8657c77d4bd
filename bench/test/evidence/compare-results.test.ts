import { isStorageError } from '@graphdriver/core';
import { describe, expect, test } from 'vitest';
import { compareResults } from '../../src/evidence/compare-results.ts';
import { findRegressions } from '../../src/evidence/find-regressions.ts';
import { renderComparison, verdictSentence } from '../../src/evidence/render-comparison.ts';
import { seededRandom } from '../../src/seeded-random.ts';
import { simulatedResult } from './simulated-result.ts';

const random = seededRandom(6);
const before = simulatedResult({ rounds: 12, random });
const alike = simulatedResult({ rounds: 12, random });
const slower = simulatedResult({ rounds: 12, random, cost: (_, operation) => (operation === 'first' ? 2e6 : 1e6) });

describe('compareResults', () => {
  test('finds the operation that has become slower, and none of the others', () => {
    const comparison = compareResults(before, slower);
    expect(comparison.verdict).toBe('slower');
    const called = comparison.operations.filter(({ verdict }) => verdict === 'slower' || verdict === 'faster');
    expect(called).toMatchObject([
      { operation: 'first', workload: 'copy_up', cases: 4, unit: 'round', observations: 12 },
    ]);
    expect(called[0]?.ratio).toBeGreaterThan(1.5);
    expect(called[0]?.low).toBeLessThan(2);
    expect(called[0]?.high).toBeGreaterThan(2);
  });

  test('says the opposite when the results are exchanged', () => {
    const [there, back] = [compareResults(before, slower), compareResults(slower, before)];
    expect(back.verdict).toBe('faster');
    expect(back.cases[0]?.ratio).toBeCloseTo(1 / (there.cases[0]?.ratio ?? 0), 9);
    expect(back.cases[0]?.adjustedP).toBeCloseTo(there.cases[0]?.adjustedP ?? 0, 9);
  });

  test('calls nothing between two results of one kind, and says the same of a result and itself', () => {
    expect(compareResults(before, alike).verdict).toBe('unclear');
    expect(compareResults(before, before)).toMatchObject({ verdict: 'same', environment: [], unmatched: [] });
  });

  test('calls a difference in at most 5 % of 1,000 comparisons of whole results in which nothing differs', () => {
    const seeds = seededRandom(11);
    const make = () => simulatedResult({ rounds: 8, samples: 2, random: seeds });
    let called = 0;
    for (let run = 0; run < 1000; run += 1) {
      const { verdict } = compareResults(make(), make());
      if (verdict !== 'unclear' && verdict !== 'same') called += 1;
    }
    expect(called).toBeLessThanOrEqual(50);
  });

  test('compares two targets of one result, with their rounds in pairs', () => {
    const both = simulatedResult({
      targets: ['a', 'b'],
      rounds: 10,
      random: seededRandom(3),
      cost: (_, __, target) => (target === 'b' ? 0.5e6 : 1e6),
    });
    const comparison = compareResults(both, both, { before: 'a', after: 'b' });
    expect(comparison.verdict).toBe('faster');
    expect(new Set(comparison.cases.map(({ target }) => target))).toEqual(new Set(['b']));
    expect(() => compareResults(both, both, { before: 'a', after: 'c' })).toThrow(TypeError);
    expect(() => compareResults(before, simulatedResult({ targets: ['c'], rounds: 1, random }))).toThrow(TypeError);
  });

  test('names first what is different about the machines', () => {
    const { environment } = before;
    const other = { ...alike, environment: { ...environment, kernel: '6.12.0', load: [9, 5, 1] } };
    const { environment: differences } = compareResults(before, other);
    expect(differences.map(({ what }) => what)).toEqual(['kernel', 'load']);
    const text = renderComparison(compareResults(before, other));
    expect(text.indexOf('6.12.0')).toBeLessThan(text.indexOf('copy_up'));
  });

  test('tells settings, mount options and kernel parameters apart', () => {
    const [target] = before.targets;
    if (target === undefined) expect.fail('There is a target.');
    const other = {
      ...alike,
      environment: { ...alike.environment, overlayParameters: { metacopy: 'Y' } },
      targets: [
        { ...target, settings: { metacopy: 'on' }, filesystem: { ...target.filesystem, mountOptions: ['ro'] } },
      ],
    };
    expect(compareResults(before, other).environment).toEqual([
      { what: 'overlay.metacopy', before: 'N', after: 'Y' },
      { what: 'overlay2: settings', before: '', after: 'metacopy=on' },
      { what: 'overlay2: mountOptions', before: 'rw', after: 'ro' },
    ]);
  });

  test('keeps plain writes out of the verdict, and says that the machine differs', () => {
    const disk = simulatedResult({ rounds: 12, random, cost: (_, operation) => (operation === 'plain' ? 3e6 : 1e6) });
    const comparison = compareResults(before, disk);
    expect(comparison.operations.find(({ control }) => control)).toMatchObject({
      operation: 'plain',
      verdict: 'slower',
    });
    expect(comparison.verdict).toBe('unclear');
    expect(comparison.notes).not.toEqual(compareResults(before, alike).notes);
    expect(findRegressions(comparison, 0.05)).toEqual([]);
  });

  test('lists what only one of the results has', () => {
    const [some, ...others] = alike.samples.filter((sample) => sample.case.startsWith('copy_up/1MiB/layers-16'));
    const less = { ...alike, samples: alike.samples.filter((sample) => sample.case !== some?.case) };
    expect(others.length).toBeGreaterThan(0);
    expect(compareResults(before, less).unmatched).toEqual([{ only: 'before', target: 'overlay2', case: some?.case }]);
  });

  test('goes by samples where a side has one round, and says so', () => {
    const slow = (_: unknown, operation: string): number => (operation === 'plain' ? 1e6 : 5e6);
    const one = simulatedResult({ rounds: 1, samples: 8, random, roundNoise: 0 });
    const other = simulatedResult({ rounds: 1, samples: 8, random, roundNoise: 0, cost: slow });
    const comparison = compareResults(one, other);
    expect(new Set(comparison.cases.map(({ unit }) => unit))).toEqual(new Set(['sample']));
    expect(comparison).toMatchObject({ verdict: 'slower', notes: [expect.any(String)] });
  });

  test('does not let a case that was cut short spoil the others of its operation', () => {
    const short = slower.samples.filter(
      (sample) => !sample.case.startsWith('copy_up/1MiB/layers-16') || sample.round === 0,
    );
    const comparison = compareResults(before, { ...slower, samples: short });
    const first = comparison.operations.find(({ operation }) => operation === 'first');
    expect(first).toMatchObject({ cases: 3, unit: 'round', observations: 12 });
  });
});

describe('findRegressions', () => {
  test('finds what is slower by more than the limit', () => {
    const found = findRegressions(compareResults(before, slower), 0.05);
    expect(found.length).toBeGreaterThan(0);
    expect(new Set(found.map(({ operation }) => operation))).toEqual(new Set(['first']));
    expect(findRegressions(compareResults(before, slower), 9)).toEqual([]);
    expect(findRegressions(compareResults(slower, before), 0.05)).toEqual([]);
  });

  test('refuses to rest a gate on too few rounds', () => {
    const two = simulatedResult({ rounds: 2, random });
    const attempt = (): unknown => findRegressions(compareResults(two, two), 0.05);
    expect(attempt).toThrow(expect.objectContaining({ code: 'PREREQUISITE_MISSING' }));
    try {
      attempt();
    } catch (error) {
      expect(isStorageError(error) && error.hint).toBeTruthy();
    }
  });
});

describe('renderComparison', () => {
  test('shows the cases that differ, or all of them', () => {
    const comparison = compareResults(before, slower);
    expect(renderComparison(comparison, { all: true }).split('\n').length).toBeGreaterThan(
      renderComparison(comparison).split('\n').length,
    );
    expect(renderComparison(comparison, { format: 'markdown' })).toContain('| --');
    expect(renderComparison(comparison)).toContain(verdictSentence(comparison));
  });

  test('has another sentence for each verdict', () => {
    const comparison = compareResults(before, slower);
    const verdicts = (['slower', 'faster', 'mixed', 'same', 'unclear'] as const).map((verdict) =>
      verdictSentence({ ...comparison, verdict }),
    );
    expect(new Set(verdicts).size).toBe(5);
  });
});
