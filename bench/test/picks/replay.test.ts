import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mountsUnder } from '@graphdriver/host';
import { machineLock, privilegeReason, requireOrSkip, scratchRoot } from '@graphdriver/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BenchTarget } from '../../src/bench-target.ts';
import { judgePicks } from '../../src/picks/judge-picks.ts';
import { parsePicks } from '../../src/picks/picks-file.ts';
import { OWN_FILE, replayFiles } from '../../src/picks/replay-files.ts';
import { REPLAYED_WORK, scaledDown } from '../../src/picks/replayed-work.ts';
import { type PicksProgress, runPicks } from '../../src/picks/run-picks.ts';
import { KNOWN_PROFILES } from '../../src/workload-profiles/known-profiles.ts';
import { workOf } from './picks-fixture.ts';

describe('the work that is replayed', () => {
  test.each(REPLAYED_WORK)('is less of the same: $name', (work) => {
    const known = KNOWN_PROFILES.find(({ name }) => name === work.name) ?? expect.fail('It is a known one.');
    expect(work.containers).toBeLessThanOrEqual(known.containers);
    expect(work.firstWrites.map(({ count }) => count)).toEqual(known.firstWrites.map(({ count }) => count));
    const bytes = work.firstWrites.reduce((sum, { count, size }) => sum + count * size, 0);
    expect(bytes).toBeLessThanOrEqual(work.image.size);
    expect(work.image.size).toBeLessThanOrEqual(512 * 1024 ** 2);
  });

  test('keeps at least one of each that there is', () => {
    const least = scaledDown(workOf('it'), { containers: 1e6, laterWrites: 1e6, size: 1e6 });
    expect([least.containers, least.laterWrites[0]?.count, least.image.size]).toEqual([1, 1, 1]);
  });
});

describe('the files of a replay', () => {
  const files = replayFiles(workOf('it'));

  test('are as many, as large and as deep as the workload says', () => {
    expect(files.image).toHaveLength(40);
    expect(new Set(files.image.map(({ path }) => path)).size).toBe(40);
    expect(files.image.reduce((sum, { size }) => sum + size, 0)).toBe(40_000);
    expect(files.first).toHaveLength(33);
    expect(new Set(files.first.map((path) => path.split('/').length - 1))).toEqual(new Set([3]));
    expect(new Set(files.first.map((path) => path.slice(0, path.lastIndexOf('/')))).size).toBe(2);
  });

  test('are written to again in turn', () => {
    expect(files.later).toHaveLength(70);
    expect(new Set(files.later)).toEqual(new Set(files.first));
  });

  test('lie where they should without a directory, and there is one where the image is left alone', () => {
    const flat = { ...workOf('it'), firstWrites: [{ count: 2, size: 1, directories: 0 }] };
    expect(replayFiles(flat).first.every((path) => !path.includes('/'))).toBe(true);
    const alone = replayFiles({ ...workOf('it'), firstWrites: [] });
    expect(new Set(alone.later)).toEqual(new Set([OWN_FILE]));
  });
});

describe('runPicks', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bench-picks-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const target = (name: string): BenchTarget => {
    const specifier = new URL('../fixture-drivers.mjs', import.meta.url).href;
    return { label: name, source: { specifier, export: name }, directory };
  };

  test('has every driver do all work in every round, and leaves nothing behind', async () => {
    const told: PicksProgress[] = [];
    const idle = { ...workOf('idle'), firstWrites: [] };
    const result = await runPicks([target('directory')], {
      workloads: [workOf('it'), idle],
      rounds: 2,
      measure: 0,
      onProgress: (progress) => told.push(progress),
    });
    expect(result).toMatchObject({ complete: true, skips: [], drivers: ['directory'] });
    const runs = result.runs.map(({ workload, round }) => `${workload} ${round}`);
    expect(runs.toSorted()).toEqual(['idle 0', 'idle 1', 'it 0', 'it 1']);
    for (const { workload, parts } of result.runs) {
      expect(Math.min(parts.create, parts.get, parts.second, parts.remove)).toBeGreaterThan(0);
      expect(parts.first > 0).toBe(workload === 'it');
    }
    expect(parsePicks(JSON.stringify(result), 'it')).toEqual(result);
    expect(told.map(({ fraction }) => fraction)).toEqual(
      told.map(({ fraction }) => fraction).toSorted((a, b) => a - b),
    );
    expect(await readdir(directory)).toEqual([]);
  });

  test('says why a driver did not do a work, and goes on with the others', async () => {
    const deep = { ...workOf('deep'), image: { files: 40, size: 1e15, layers: 2 } };
    const targets = ['unusable', 'dying', 'directory'].map(target);
    const result = await runPicks(targets, { workloads: [deep, workOf('it')], rounds: 1, measure: 0 });
    expect(result.skips.map(({ driver, workload }) => `${driver} ${workload}`).toSorted()).toEqual([
      'directory deep',
      'dying deep',
      'unusable deep',
      'unusable it',
    ]);
    expect(await readdir(directory)).toEqual([]);
  });

  test('ends early by its signal, with what it has', async () => {
    const abort = new AbortController();
    const result = await runPicks([target('directory')], {
      workloads: [workOf('it')],
      rounds: 50,
      measure: 0,
      signal: abort.signal,
      onProgress: ({ what }) => {
        if (what.endsWith('round 2')) abort.abort();
      },
    });
    expect(result.complete).toBe(false);
    expect(result.runs.length).toBeGreaterThan(0);
    expect(result.runs.length).toBeLessThan(50);
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('the pick', () => {
  const reason = requireOrSkip('overlay2', privilegeReason());

  test.skipIf(reason !== null)(
    `is a hit where drivers differ by far${reason === null ? '' : ` (${reason})`}`,
    async () => {
      await using _lock = await machineLock();
      await using scratch = await scratchRoot('graphdriver-picks-test-');
      const dense = REPLAYED_WORK.find(({ name }) => name === 'dense') ?? expect.fail('It is a known one.');
      const targets = ['vfs', 'overlay2'].map((name): BenchTarget => {
        const source = { specifier: import.meta.resolve(`@graphdriver/driver-${name}`), export: name };
        return { label: name, source, directory: scratch.path };
      });
      const workloads = [{ ...dense, image: { ...dense.image, layers: 2 }, containers: 4 }];
      const result = await runPicks(targets, { workloads, rounds: 2, measure: 15_000 });
      expect(result).toMatchObject({ complete: true, skips: [] });
      const judged = judgePicks(result);
      expect(judged.map(({ by }) => by)).toEqual(['published', 'measured']);
      for (const pick of judged) {
        expect(pick).toMatchObject({ verdict: 'hit', picked: { driver: 'overlay2' } });
      }
      expect(mountsUnder(scratch.path)).toEqual([]);
      expect(await readdir(scratch.path)).toEqual([]);
    },
  );
});
