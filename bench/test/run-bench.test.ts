import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BenchCase, caseId, OPERATIONS, type Operation } from '../src/bench-case.ts';
import type { BenchProgress } from '../src/bench-progress.ts';
import type { BenchTarget } from '../src/bench-target.ts';
import { gridCases } from '../src/grid-cases.ts';
import { formatResult, parseResult } from '../src/result-file.ts';
import { runBench } from '../src/run-bench.ts';
import { extraOverPlain, samplesOf } from '../src/summaries.ts';

const copyUp: BenchCase = {
  workload: 'copy_up',
  size: 64 * 1024,
  layers: 2,
  directories: 3,
  placement: 'home',
  cache: 'warm',
};
const life: BenchCase = { workload: 'lifecycle', files: 3, fileSize: 1000 };
const samples = 8;

describe('runBench', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bench-run-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const target = (name: string, label = name): BenchTarget => {
    return {
      label,
      source: { specifier: new URL('./fixture-drivers.mjs', import.meta.url).href, export: name },
      directory,
    };
  };

  test('takes every sample of every case, in every round of every target', async () => {
    const result = await runBench([target('directory', 'a'), target('directory', 'b')], [copyUp, life], { rounds: 2 });
    const count = new Map<string, number>();
    for (const sample of result.samples) {
      const key = `${sample.target} ${sample.case} ${sample.operation} ${sample.round}`;
      count.set(key, (count.get(key) ?? 0) + 1);
      expect(sample.nanoseconds).toBeGreaterThan(0);
    }
    expect(count.size).toBe(2 * 2 * (3 + 4));
    expect(new Set(count.values())).toEqual(new Set([samples]));
    expect(extraOverPlain(result, 'a', caseId(copyUp))).toHaveLength(2 * samples);
    expect(result).toMatchObject({ complete: true, skips: [] });
  });

  test('builds the layers of one grid once and measures every cell on those that it wants', async () => {
    const cells = gridCases({
      sizes: [1000, 5000],
      layers: [1, 3],
      directories: [1, 2],
      placements: ['home', 'every'],
      caches: ['warm'],
    });
    const result = await runBench([target('directory')], cells, { rounds: 1, mostSamples: 2 });
    expect(result).toMatchObject({ complete: true, skips: [] });
    expect(cells).toHaveLength(2 * 2 * 3);
    for (const cell of cells) expect(extraOverPlain(result, 'directory', caseId(cell))).toHaveLength(2);
  });

  test('measures archives, differences, and where a container pays', async () => {
    const cases: BenchCase[] = [
      { workload: 'apply', files: 3, fileSize: 100 },
      { workload: 'difference', files: 4, fileSize: 100, changed: 2 },
      { workload: 'where', files: 2, fileSize: 100 },
    ];
    const result = await runBench([target('directory')], cases, { rounds: 1, mostSamples: 2 });
    expect(result).toMatchObject({ complete: true, skips: [] });
    for (const of of cases) {
      for (const operation of OPERATIONS[of.workload])
        expect(samplesOf(result, 'directory', caseId(of), operation), operation).toHaveLength(2);
    }
    const disk = result.samples.filter(({ bytes }) => bytes !== undefined).map(({ operation }) => operation);
    expect(disk).toEqual(['create', 'first', 'create', 'first']);
    expect(parseResult(formatResult(result), 'it')).toEqual(result);
  });

  test('skips a volatile target of a driver that makes no difference, and records it of one that does', async () => {
    const result = await runBench(
      [
        { ...target('directory'), volatile: true },
        { ...target('forgetful'), volatile: true },
      ],
      [copyUp],
      { rounds: 1 },
    );
    expect(result.skips).toHaveLength(1);
    expect(result.skips[0]).toMatchObject({ target: 'directory', case: caseId(copyUp) });
    expect(result.targets.map((record) => record.volatile)).toEqual([true, true]);
    expect(samplesOf(result, 'forgetful', caseId(copyUp), 'first')).toHaveLength(samples);
  });

  test('measures the driver and not itself: a delay of 5 ms shows as 5 ms, and nothing as nothing', async () => {
    const result = await runBench([target('directory'), target('delaying')], [copyUp], { rounds: 3 });
    // The least of many readings is the one that nothing else on the machine came in between.
    const least = (label: string, operation: Operation): number =>
      Math.min(...samplesOf(result, label, caseId(copyUp), operation));
    const extra = (label: string): number => least(label, 'first') - least(label, 'plain');
    expect(Math.abs(extra('directory'))).toBeLessThan(0.3e6);
    expect(Math.abs(extra('delaying') - 5e6)).toBeLessThan(0.3e6);
  });

  test('rotates the order of targets', async () => {
    const { order } = await runBench([target('directory', 'a'), target('directory', 'b')], [life], { rounds: 2 });
    expect(order).toEqual([
      { round: 0, target: 'a' },
      { round: 0, target: 'b' },
      { round: 1, target: 'b' },
      { round: 1, target: 'a' },
    ]);
  });

  test('gives a result that reads back as it was written, and leaves nothing behind', async () => {
    const result = await runBench([target('directory'), target('unusable')], [copyUp], { rounds: 1 });
    expect(parseResult(formatResult(result), 'it')).toEqual(result);
    expect(await readdir(directory)).toEqual([]);
  });

  test('says why a driver that does not work was skipped, and measures the others', async () => {
    const result = await runBench([target('unusable'), target('directory')], [copyUp], { rounds: 1 });
    expect(result.skips).toEqual([
      {
        target: 'unusable',
        case: caseId(copyUp),
        reason: 'unusable does not work there: This kernel has no such thing.',
      },
    ]);
    expect(result.targets.map(({ capabilities }) => capabilities?.copyOnWrite)).toEqual([undefined, 'none']);
    expect(result.samples).toHaveLength(3 * samples);
  });

  test('goes on with the next case after one that failed', async () => {
    const result = await runBench([target('failing')], [copyUp, life], { rounds: 1 });
    expect(result.skips.map((skip) => skip.case)).toEqual([caseId(copyUp)]);
    expect(result.samples).toHaveLength(4 * samples);
    expect(await readdir(directory)).toEqual([]);
  });

  test('outlives a process that dies in the middle, and cleans up after it', async () => {
    const result = await runBench([target('dying'), target('directory')], [copyUp], { rounds: 1 });
    expect(result.skips).toHaveLength(1);
    expect(result.skips[0]).toMatchObject({ target: 'dying', case: caseId(copyUp) });
    expect(result.skips[0]?.reason).toContain('SIGKILL');
    expect(result.samples).toHaveLength(3 * samples);
    expect(await readdir(directory)).toEqual([]);
  });

  test('ends early by its signal, keeps what it has, and says that it is not complete', async () => {
    const abort = new AbortController();
    const onProgress = ({ target: label, case: of }: BenchProgress): void => {
      if (label === 'slow' && of !== null) setTimeout(() => abort.abort(), 200);
    };
    const started = performance.now();
    const result = await runBench([target('directory'), target('slow')], [copyUp], {
      rounds: 2,
      onProgress,
      signal: abort.signal,
    });
    expect(performance.now() - started).toBeLessThan(8_000);
    expect(result.complete).toBe(false);
    expect(result.samples).toHaveLength(3 * samples);
    expect(new Set(result.samples.map((sample) => sample.target))).toEqual(new Set(['directory']));
    expect(result.skips).toEqual([]);
    expect(parseResult(formatResult(result), 'it')).toEqual(result);
    expect(await readdir(directory)).toEqual([]);
  });

  test('tells its progress from nothing to all', async () => {
    const fractions: number[] = [];
    const counts: [number, number][] = [];
    await runBench([target('directory')], [copyUp, life], {
      rounds: 1,
      onProgress: ({ fraction, done, total }) => {
        fractions.push(fraction);
        counts.push([done, total]);
      },
    });
    expect(fractions[0]).toBe(0);
    expect(fractions.at(-1)).toBeCloseTo(1);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(counts[0]).toEqual([0, 2]);
    expect(counts.at(-1)).toEqual([2, 2]);
  });

  test('refuses an export that is no driver, and two targets of one label', async () => {
    await expect(runBench([target('blockSize')], [life])).rejects.toThrow(TypeError);
    await expect(runBench([target('directory'), target('directory')], [life])).rejects.toThrow(TypeError);
    expect(await readdir(directory)).toEqual([]);
  });

  test('does nothing when its signal was aborted before', async () => {
    await expect(runBench([target('directory')], [life], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });
});
