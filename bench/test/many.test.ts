import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BenchCase, caseId, OPERATIONS, type Operation } from '../src/bench-case.ts';
import type { BenchTarget } from '../src/bench-target.ts';
import { examineResult } from '../src/evidence/examine-result.ts';
import { inTurns } from '../src/in-turns.ts';
import { formatResult, parseResult } from '../src/result-file.ts';
import { runBench } from '../src/run-bench.ts';
import { samplesOf } from '../src/summaries.ts';

const MOUNT_DRIVERS = new URL('./mount-drivers.mjs', import.meta.url).href;
/** What `punctual` takes more for each call, in nanoseconds; less a millisecond, for timers end early by that. */
const DELAY = 24e6;

describe('many containers, and chains of layers', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bench-many-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const target = (name: string, specifier = MOUNT_DRIVERS): BenchTarget => {
    return { label: name, source: { specifier, export: name }, directory };
  };
  const many = (containers: number, atOnce: number): BenchCase => ({ workload: 'many', containers, atOnce });

  test('show what the calls take, one after another and at once', async () => {
    const [turns, once] = [many(16, 1), many(16, 8)];
    const result = await runBench([target('punctual')], [turns, once], { rounds: 2, mostSamples: 1 });
    expect(result).toMatchObject({ complete: true, skips: [] });
    const least = (of: BenchCase, operation: Operation): number =>
      Math.min(...samplesOf(result, 'punctual', caseId(of), operation));
    expect(samplesOf(result, 'punctual', caseId(turns), 'start')).toHaveLength(2 * 16);
    for (const of of [turns, once]) expect(least(of, 'start')).toBeGreaterThan(DELAY);
    for (const operation of ['start_all', 'put_all', 'remove_all'] as const) {
      expect(least(turns, operation), operation).toBeGreaterThan(16 * DELAY);
      // With eight at once it takes two turns, and what the driver does without waiting.
      expect(least(once, operation), operation).toBeGreaterThan(2 * DELAY);
      expect(least(once, operation), operation).toBeLessThan(0.9 * least(turns, operation));
    }
    // On a machine that does something else the calls take longer, but what is between them does not.
    const share = (of: BenchCase): number => {
      const starts = samplesOf(result, 'punctual', caseId(of), 'start').reduce((sum, one) => sum + one, 0);
      return samplesOf(result, 'punctual', caseId(of), 'start_all').reduce((sum, one) => sum + one, 0) / starts;
    };
    expect(share(turns)).toBeGreaterThan(1);
    expect(share(turns)).toBeLessThan(1.5);
    expect(share(once)).toBeLessThan(0.6);
    expect(parseResult(formatResult(result), 'it')).toEqual(result);
    expect(examineResult(result).faults).toEqual([]);
    expect(await readdir(directory)).toEqual([]);
  });

  test('show what the calls take on any number of layers, and what was left to be synced', async () => {
    const chains = [1, 4].map((layers): BenchCase => ({ workload: 'chain', layers, written: 100_000 }));
    const result = await runBench([target('punctual')], chains, { rounds: 1, mostSamples: 3 });
    expect(result).toMatchObject({ complete: true, skips: [] });
    for (const of of chains) {
      for (const operation of OPERATIONS.chain) {
        const samples = samplesOf(result, 'punctual', caseId(of), operation);
        expect(samples).toHaveLength(3);
        if (operation === 'create' || operation === 'sync') continue;
        expect(Math.min(...samples), operation).toBeGreaterThan(DELAY);
        expect(Math.min(...samples), operation).toBeLessThan(10 * DELAY);
      }
    }
    expect(await readdir(directory)).toEqual([]);
  });

  test('fail as a whole where one container cannot be made, and leave none of the others', async () => {
    for (const atOnce of [1, 8]) {
      const result = await runBench([target('small')], [many(12, atOnce)], { rounds: 1, mostSamples: 1 });
      expect(result.skips.map(({ reason }) => reason)).toEqual([expect.stringContaining('no fourth container')]);
      expect(result.samples).toEqual([]);
    }
    expect(await readdir(directory)).toEqual([]);
  });

  test('end soon when they are given up, and leave nothing behind', async () => {
    const abort = new AbortController();
    const started = performance.now();
    const result = await runBench(
      [target('slow', new URL('./fixture-drivers.mjs', import.meta.url).href)],
      [many(200, 2)],
      {
        rounds: 1,
        signal: abort.signal,
        onProgress: ({ case: of }) => {
          if (of !== null) setTimeout(() => abort.abort(), 1_500);
        },
      },
    );
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(result).toMatchObject({ complete: false, samples: [], skips: [] });
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('inTurns', () => {
  test('has as many under way as it may, and no more', async () => {
    let [now, most] = [0, 0];
    const done: number[] = [];
    await inTurns([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      now += 1;
      most = Math.max(most, now);
      await sleep(1);
      now -= 1;
      done.push(item);
    });
    expect(most).toBe(3);
    expect(done.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test('gives all items their turn and then fails as the first of them did', async () => {
    const done: number[] = [];
    const work = async (item: number): Promise<void> => {
      done.push(item);
      if (item % 2 === 0) throw new RangeError(String(item));
    };
    await expect(inTurns([1, 2, 3, 4], 1, work)).rejects.toThrow(new RangeError('2'));
    expect(done).toEqual([1, 2, 3, 4]);
  });
});
