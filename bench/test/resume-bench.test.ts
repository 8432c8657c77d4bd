import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BenchCase, caseId } from '../src/bench-case.ts';
import type { BenchResult } from '../src/bench-result.ts';
import type { BenchTarget } from '../src/bench-target.ts';
import { examineResult } from '../src/evidence/examine-result.ts';
import { formatResult, parseResult } from '../src/result-file.ts';
import { type BenchOptions, runBench } from '../src/run-bench.ts';

const copyUp: BenchCase = {
  workload: 'copy_up',
  size: 4096,
  layers: 1,
  directories: 1,
  placement: 'home',
  cache: 'warm',
};
const life: BenchCase = { workload: 'lifecycle', files: 2, fileSize: 100 };
const cases = [copyUp, life];

/** How often each round of a target has measured each case. */
function rounds({ samples }: BenchResult): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { target, case: id, operation, round } of samples) {
    if (operation !== 'first' && operation !== 'create') continue;
    const key = `${target} ${round} ${id}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

describe('a run that goes on with a result', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bench-resume-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const target = (label: string, name = 'directory'): BenchTarget => {
    return {
      label,
      source: { specifier: new URL('./fixture-drivers.mjs', import.meta.url).href, export: name },
      directory,
    };
  };
  /** What several tests only read. */
  let base: BenchResult | undefined;
  const targets = (): BenchTarget[] => [target('a'), target('b')];
  const run = (options: BenchOptions): Promise<BenchResult> =>
    runBench(targets(), cases, { mostSamples: 2, ...options });
  /** Through a file, as from another process. */
  const kept = (result: BenchResult): BenchResult => parseResult(formatResult(result), 'it');

  test('has the samples, order and rounds that it would have had in one go', async () => {
    const first = kept(await run({ rounds: 1 }));
    const whole = await runBench(targets().toReversed(), cases, { earlier: first, rounds: 3 });
    expect(whole).toMatchObject({ complete: true, rounds: 3, skips: [], startedAt: first.startedAt });
    expect(whole.order.map(({ round, target: label }) => `${round}${label}`)).toEqual([
      '0a',
      '0b',
      '1b',
      '1a',
      '2a',
      '2b',
    ]);
    expect(whole.samples.slice(0, first.samples.length)).toEqual(first.samples);
    expect(new Set(Object.values(rounds(whole)))).toEqual(new Set([2]));
    expect(Object.keys(rounds(whole))).toHaveLength(2 * 3 * 2);
    expect(whole.continued).toMatchObject([{ differences: [] }]);
    expect(examineResult(whole).faults).toEqual([]);
    expect(kept(whole)).toEqual(whole);
    expect(await readdir(directory)).toEqual([]);
  });

  test('measures what a round that was cut short has not, and nothing twice', async () => {
    const abort = new AbortController();
    const partial = kept(
      await run({
        rounds: 2,
        signal: abort.signal,
        onRound: async ({ order }) => {
          if (order.length === 3) abort.abort();
        },
      }),
    );
    expect(partial).toMatchObject({ complete: false, rounds: 2 });
    const cut = { ...partial, samples: partial.samples.filter((one) => one.round === 0 || one.case !== caseId(life)) };
    const whole = await run({ earlier: cut });
    expect(whole).toMatchObject({ complete: true, rounds: 2, skips: [] });
    expect(Object.keys(rounds(whole))).toHaveLength(2 * 2 * 2);
    expect(new Set(Object.values(rounds(whole)))).toEqual(new Set([2]));
    expect(examineResult(whole).faults).toEqual([]);
  });

  test('of a complete result without more rounds does nothing but look', async () => {
    const first = kept(await run({ rounds: 1 }));
    const same = await run({ earlier: first });
    expect(same).toMatchObject({ complete: true, rounds: 1, order: first.order, samples: first.samples });
  });

  test('tries once more in later rounds what has failed in one, and never what was not tried', async () => {
    const two = [target('a', 'failing'), target('b', 'unusable')];
    const first = kept(await runBench(two, cases, { rounds: 1, mostSamples: 2 }));
    expect(first.skips.map(({ target: label, round }) => [label, round])).toEqual([
      ['b', undefined],
      ['b', undefined],
      ['a', 0],
    ]);
    const more = await runBench(two, cases, { earlier: first, rounds: 2 });
    expect(more.skips.map(({ target: label, round }) => [label, round])).toEqual([
      ['b', undefined],
      ['b', undefined],
      ['a', 0],
      ['a', 1],
    ]);
    expect(more.complete).toBe(true);
  });

  test.each<
    [string, (first: BenchResult) => { result?: Partial<BenchResult>; options?: BenchOptions; cases?: BenchCase[] }]
  >([
    ['seed', () => ({ options: { seed: 2 } })],
    ['mostSamples', () => ({ options: { mostSamples: 5 } })],
    [caseId(life), () => ({ cases: [copyUp] })],
    ['files', () => ({ cases: [...cases, { ...life, files: 3 }] })],
    [
      'target c',
      ({ targets: [one] }) => ({ result: { targets: one === undefined ? [] : [one, { ...one, label: 'c' }] } }),
    ],
    ['kernel', ({ environment }) => ({ result: { environment: { ...environment, kernel: '5.4.0' } } })],
  ])('refuses another %s and says so', async (what, change) => {
    base ??= kept(await run({ rounds: 1 }));
    const first = base;
    const { result = {}, options = {}, cases: other = cases } = change(first);
    const earlier = { ...first, ...result };
    const error = await runBench(targets(), other, { earlier, rounds: 2, ...options }).catch((one: unknown) => one);
    expect(error).toMatchObject({
      code: 'UNSUPPORTED',
      details: { differences: expect.arrayContaining([expect.stringContaining(what)]) },
    });
    expect(await readdir(directory)).toEqual([]);
  });

  test('on a machine that has changed goes on when told to, and notes the change', async () => {
    const first = kept(await run({ rounds: 1 }));
    const earlier = { ...first, environment: { ...first.environment, kernel: '5.4.0' } };
    const more = await run({ earlier, rounds: 2, acceptChanges: true });
    expect(more.environment.kernel).toBe('5.4.0');
    expect(more.continued?.[0]?.differences).toEqual([
      { what: 'kernel', before: '5.4.0', after: first.environment.kernel },
    ]);
    expect(examineResult(more).remarks.join()).toContain('kernel');
  });
});

describe('a run', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bench-rounds-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const target = (label: string): BenchTarget => {
    return {
      label,
      source: { specifier: new URL('./fixture-drivers.mjs', import.meta.url).href, export: 'directory' },
      directory,
    };
  };

  test('hands out a valid result after each round of each target', async () => {
    const seen: [complete: boolean, order: number, samples: number][] = [];
    const onRound = async (result: BenchResult): Promise<void> => {
      seen.push([result.complete, result.order.length, result.samples.length]);
      expect(parseResult(formatResult(result), 'it')).toEqual(result);
    };
    await runBench([target('a'), target('b')], [life], { rounds: 2, mostSamples: 1, onRound });
    expect(seen).toEqual([
      [false, 1, 4],
      [false, 2, 8],
      [false, 3, 12],
      [false, 4, 16],
    ]);
  });

  test('ends with the failure of whoever keeps its rounds, and leaves nothing behind', async () => {
    const full = new Error('The disk is full.');
    const onRound = (): Promise<void> => Promise.reject(full);
    await expect(runBench([target('a')], [life], { rounds: 2, onRound })).rejects.toBe(full);
    expect(await readdir(directory)).toEqual([]);
  });

  test('goes on until it is sure enough, or has the most rounds', async () => {
    const sure = await runBench([target('a')], [copyUp], { rounds: 2, mostSamples: 1, until: 1e6 });
    expect(sure).toMatchObject({ complete: true, rounds: 2 });
    const unsure = await runBench([target('a')], [copyUp], { rounds: 2, mostRounds: 4, mostSamples: 1, until: 0 });
    expect(unsure).toMatchObject({ complete: true, rounds: 4 });
    expect(unsure.order).toHaveLength(4);
  });

  test('that runs out of time before its rounds are measured is not complete, and can be gone on with', async () => {
    const late = await runBench([target('a')], [life], { rounds: 3, mostSamples: 1, limit: 1 });
    expect(late).toMatchObject({ complete: false, rounds: 3 });
    expect(late.order).toHaveLength(1);
    const whole = await runBench([target('a')], [life], { earlier: late });
    expect(whole).toMatchObject({ complete: true, rounds: 3 });
    expect(whole.order).toHaveLength(3);
  });
});
