import { describe, expect, test } from 'vitest';
import { caseId } from '../src/bench-case.ts';
import type { BenchResult } from '../src/bench-result.ts';
import { isPrecise, mostRoundsOf, whatNext } from '../src/enough-rounds.ts';
import { resultOf } from './result-fixture.ts';

const yes = (): boolean => true;
const no = (): boolean => false;
const never = (): boolean => expect.fail('Nobody has to look.');

describe('whatNext', () => {
  test('takes the rounds that were asked for, and no more', () => {
    expect(whatNext(3, { rounds: 2, took: [] }, {}, never)).toBe('more');
    expect(whatNext(3, { rounds: 3, took: [] }, {}, yes)).toBe('enough');
  });

  test('goes on until medians are known well, between the least and the most', () => {
    const options = { until: 0.05, mostRounds: 5 };
    expect(whatNext(3, { rounds: 2, took: [] }, options, never)).toBe('more');
    expect(whatNext(3, { rounds: 3, took: [] }, options, no)).toBe('more');
    expect(whatNext(3, { rounds: 3, took: [] }, options, yes)).toBe('enough');
    expect(whatNext(3, { rounds: 5, took: [] }, options, never)).toBe('enough');
    expect(mostRoundsOf(3, { until: 0.05 })).toBe(30);
    expect(() => mostRoundsOf(3, { until: 0.05, mostRounds: 2 })).toThrow(TypeError);
  });

  test('begins no round that would end after the time, but always one', () => {
    const limit = 100;
    expect(whatNext(3, { rounds: 0, took: [] }, { limit: 1 }, no)).toBe('more');
    expect(whatNext(3, { rounds: 1, took: [50] }, { limit }, no)).toBe('more');
    expect(whatNext(3, { rounds: 1, took: [51] }, { limit }, no)).toBe('late');
    expect(whatNext(3, { rounds: 3, took: [30, 40, 20] }, { limit, until: 0.05 }, no)).toBe('enough');
  });
});

describe('isPrecise', () => {
  const of = { workload: 'copy_up', size: 1, layers: 1, directories: 1, placement: 'home', cache: 'warm' } as const;
  /** A result with one sample in each round. */
  const measured = (values: readonly number[], target = 'a'): BenchResult =>
    resultOf(
      [of],
      values.map((nanoseconds, round) => {
        return { target, case: caseId(of), operation: 'first', round, index: 0, nanoseconds };
      }),
    );

  test('asks for intervals that are narrow on every target', () => {
    const narrow = measured([1000, 1001, 1002, 1000, 1001, 1002]);
    const wide = measured([1000, 2000, 1500, 900, 3000, 1000], 'b');
    expect(isPrecise(narrow, 0.05)).toBe(true);
    expect(isPrecise(wide, 0.05)).toBe(false);
    const both = {
      ...narrow,
      targets: [...narrow.targets, ...wide.targets],
      samples: [...narrow.samples, ...wide.samples],
    };
    expect(isPrecise(both, 0.05)).toBe(false);
  });

  test('is not content with one round, and does not wait for what is not measured', () => {
    expect(isPrecise(measured([1000]), 0.5)).toBe(false);
    expect(isPrecise(measured([]), 0.05)).toBe(true);
  });
});
