import { describe, expect, test } from 'vitest';
import { sampleAlone, samplePairs } from '../../src/rows/sample-pairs.ts';
import type { OnceOperation } from '../../src/sampler.ts';

/** An operation that writes down what is done to it. */
function recording(name: string, log: string[]): OnceOperation<string> {
  return {
    async prepare(index) {
      log.push(`prepare ${name}`);
      return `${name}-${index}`;
    },
    measure: (subject) => {
      log.push(`measure ${subject}`);
    },
    async release(subject) {
      log.push(`release ${subject}`);
    },
  };
}

describe('samplePairs', () => {
  test('takes both sides in turn, and each of them first in every other pair', async () => {
    const log: string[] = [];
    await samplePairs(recording('ours', log), recording('theirs', log), { pairs: 3 });
    expect(log.filter((line) => line.startsWith('measure'))).toEqual([
      'measure ours-0',
      'measure theirs-1',
      'measure theirs-2',
      'measure ours-3',
      'measure ours-4',
      'measure theirs-5',
    ]);
  });

  test('returns a reading of each side for every pair, and none of the warm-ups', async () => {
    const log: string[] = [];
    const readings = await samplePairs(recording('a', log), recording('b', log), { pairs: 2, warmUps: 3 });
    expect(readings.map(({ side, pair }) => `${side} ${pair}`)).toEqual(['theirs 0', 'ours 0', 'ours 1', 'theirs 1']);
    expect(readings.every(({ value }) => value > 0)).toBe(true);
    expect(log.filter((line) => line.startsWith('measure'))).toHaveLength(10);
  });

  test('releases every subject before the next one is prepared', async () => {
    const log: string[] = [];
    await samplePairs(recording('a', log), recording('b', log), { pairs: 2 });
    const steps = log.map((line) => line.split(' ')[0]);
    expect(steps).toEqual(Array.from({ length: 4 }, () => ['prepare', 'measure', 'release']).flat());
  });

  test('fails with the error of the side that failed, with everything released', async () => {
    const log: string[] = [];
    const failing: OnceOperation<string> = {
      ...recording('b', log),
      measure: () => {
        throw new Error('It cannot be done.');
      },
    };
    await expect(samplePairs(recording('a', log), failing, { pairs: 2 })).rejects.toMatchObject({
      code: 'SYSTEM_CALL_FAILED',
    });
    expect(log.filter((line) => line.startsWith('release'))).toEqual(['release a-0', 'release b-1']);
  });

  test('tells its progress from nothing on', async () => {
    const fractions: number[] = [];
    await samplePairs(recording('a', []), recording('b', []), {
      pairs: 1,
      warmUps: 1,
      onProgress: (fraction) => fractions.push(fraction),
    });
    expect(fractions).toEqual([0, 0.25, 0.5, 0.75]);
  });
});

describe('sampleAlone', () => {
  test('returns as many readings as were asked for, all of them ours', async () => {
    const log: string[] = [];
    const readings = await sampleAlone(recording('a', log), { pairs: 3, warmUps: 2 });
    expect(readings.map(({ side, pair }) => `${side} ${pair}`)).toEqual(['ours 0', 'ours 1', 'ours 2']);
    expect(log.filter((line) => line.startsWith('measure'))).toHaveLength(5);
  });
});
