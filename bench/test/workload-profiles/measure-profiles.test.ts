import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BenchCase, caseId, isCopyUp } from '../../src/bench-case.ts';
import type { TargetPlan } from '../../src/bench-plan.ts';
import type { BenchTarget } from '../../src/bench-target.ts';
import { examineResult } from '../../src/evidence/examine-result.ts';
import { formatResult, parseResult, readResult } from '../../src/result-file.ts';
import {
  evidenceFor,
  evidenceOf,
  WORKLOAD_OPERATIONS,
  type WorkloadOperation,
} from '../../src/workload-profiles/evidence.ts';
import { fitCases, joinRuns, leaveOut } from '../../src/workload-profiles/fit-cases.ts';
import { KNOWN_PROFILES } from '../../src/workload-profiles/known-profiles.ts';
import { type MeasureProgress, measureProfiles } from '../../src/workload-profiles/measure-profiles.ts';
import { predictWorkload } from '../../src/workload-profiles/predict-workload.ts';
import { profileCases } from '../../src/workload-profiles/profile-cases.ts';
import type { WorkloadProfile } from '../../src/workload-profiles/workload-profile.ts';
import { resultOf } from '../result-fixture.ts';

const MIB = 1024 ** 2;

const tiny: WorkloadProfile = {
  name: 'tiny',
  summary: 'Next to nothing.',
  image: { files: 4, size: 4000, layers: 2 },
  containers: 3,
  firstWrites: [{ count: 2, size: 1000, directories: 1 }],
  laterWrites: [{ count: 5, size: 1000, directories: 1 }],
  needs: [],
};

function target(name: string, directory: string): BenchTarget {
  const specifier = new URL('../fixture-drivers.mjs', import.meta.url).href;
  return { label: name, source: { specifier, export: name }, directory };
}

describe('the cases that a workload is foreseen by', () => {
  test.each(KNOWN_PROFILES)('tell of every operation soon: $name', (profile) => {
    const { light } = profileCases([profile]);
    expect(new Set(light.map(({ workload }) => workload))).toEqual(new Set(['copy_up', 'lifecycle']));
  });

  test('have the very shapes that weigh most, where these are not too large', () => {
    const [build] = KNOWN_PROFILES;
    if (build === undefined) expect.fail('There are profiles.');
    const { light, heavy } = profileCases([build]);
    const shapes = [...light, ...heavy]
      .filter(isCopyUp)
      .map(({ size, layers, directories }) => [size, layers, directories]);
    expect(shapes).toContainEqual([16 * 1024, 16, 8]);
    expect(shapes).toContainEqual([MIB, 16, 8]);
  });

  test('have smaller ones in place of those that are too large, and another one for the slope', () => {
    const writes = [{ count: 1, size: 1e12, directories: 1e9 }];
    const vast = { ...tiny, image: { files: 1e9, size: 1e12, layers: 1e9 }, firstWrites: writes, laterWrites: [] };
    const cases = Object.values(profileCases([vast])).flat();
    const sizes = cases.filter(isCopyUp).map(({ size }) => size);
    expect(sizes.toSorted((a, b) => a - b)).toEqual([MIB, 16 * MIB, 128 * MIB]);
    for (const of of cases) {
      if (of.workload === 'copy_up') expect(Math.max(of.layers, of.directories)).toBeLessThan(200);
      else if (of.workload === 'lifecycle') expect(of.files * of.fileSize).toBeLessThanOrEqual(128 * MIB);
    }
  });

  test('are there also for work that writes nothing, and once each for several workloads', () => {
    const idle = profileCases([{ ...tiny, firstWrites: [], laterWrites: [] }]);
    expect(idle.light.some(isCopyUp)).toBe(true);
    const all = Object.values(profileCases([...KNOWN_PROFILES, ...KNOWN_PROFILES])).flat();
    expect(new Set(all.map(caseId)).size).toBe(all.length);
  });
});

const copyUp = {
  workload: 'copy_up',
  size: 100,
  layers: 1,
  directories: 1,
  placement: 'home',
  cache: 'warm',
} as const;
const life = (files: number): BenchCase => ({ workload: 'lifecycle', files, fileSize: 1 });

/** A plan by which each case costs as many milliseconds as it has files, and its image 10. */
function planOf(cases: readonly BenchCase[]): TargetPlan {
  const groups = cases.map((of) => ({
    image: null,
    buildMilliseconds: 10,
    cases: [{ case: of, samples: 1, milliseconds: of.workload === 'lifecycle' ? of.files : 0 }],
  }));
  // Nothing else of a plan is looked at.
  return { groups } as unknown as TargetPlan;
}

describe('the cases that there is time for', () => {
  const cases = [life(500), life(90), life(40)];
  const fitted = (milliseconds: number) => fitCases(cases, [planOf(cases), planOf(cases)], milliseconds, 3);

  test('are the cheapest, on all targets', () => {
    expect(fitted(99).cases).toEqual([]);
    expect(fitted(100)).toEqual({ cases: [life(40)], rounds: 1 });
    expect(fitted(300)).toEqual({ cases: [life(40), life(90)], rounds: 1 });
  });

  test('are measured again while there is time, and not more often than that', () => {
    expect(fitted(2700)).toEqual({ cases: [life(40), life(90), life(500)], rounds: 2 });
    expect(fitted(1e9).rounds).toBe(3);
  });
});

describe('two runs as one', () => {
  const sample = { target: 'it', operation: 'create', round: 0, index: 0, nanoseconds: 1 } as const;
  const first = resultOf([life(1)], [{ ...sample, case: caseId(life(1)) }]);
  const second = resultOf([life(2)], [{ ...sample, case: caseId(life(2)) }]);

  test('have no two rounds of one number, and read back', () => {
    const joined = joinRuns(first, second);
    expect(joined.samples.map(({ round }) => round)).toEqual([0, 1]);
    expect(joined).toMatchObject({ rounds: 2, complete: true });
    expect(parseResult(formatResult(joined), 'it')).toEqual(joined);
    expect(examineResult(joined).faults).toEqual([]);
  });

  test('are not complete without the second', () => {
    expect(joinRuns(first, undefined)).toEqual({ ...first, complete: false });
  });

  test('tell what was left out', () => {
    const told = leaveOut(first, [life(2)]);
    expect(told.skips).toEqual([{ target: 'it', case: caseId(life(2)), reason: expect.any(String) }]);
    expect(examineResult(told).faults).toEqual([]);
  });
});

describe('measureProfiles', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bench-measure-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  test('gives a result that predicts the work, tells its progress, and leaves nothing behind', async () => {
    const told: MeasureProgress[] = [];
    const result = await measureProfiles([target('directory', directory), target('unusable', directory)], [tiny], {
      onProgress: (progress) => told.push(progress),
    });
    expect(parseResult(formatResult(result), 'it')).toEqual(result);
    expect(examineResult(result).faults).toEqual([]);
    expect(result.complete).toBe(true);
    const evidence = evidenceOf(result);
    expect(evidence.targets.map(({ driver }) => driver)).toEqual(['directory']);
    const [cost] = predictWorkload(tiny, evidence.targets);
    expect(cost?.total).toBeGreaterThan(0);
    expect(cost?.parts.flatMap(({ beyond }) => beyond)).toEqual([]);
    for (const { fraction, remaining } of told) {
      expect(fraction).toBeGreaterThanOrEqual(0);
      expect(fraction).toBeLessThanOrEqual(1);
      expect(remaining).toBeGreaterThanOrEqual(0);
    }
    expect(told.length).toBeGreaterThan(2);
    expect(await readdir(directory)).toEqual([]);
  });

  test('ends when its time is up, with what it has', { timeout: 30_000 }, async () => {
    const started = performance.now();
    const result = await measureProfiles([target('slow', directory)], [tiny], { milliseconds: 2500.5 });
    expect(performance.now() - started).toBeLessThan(6000);
    expect(result.complete).toBe(false);
    expect(parseResult(formatResult(result), 'it')).toEqual(result);
    expect(await readdir(directory)).toEqual([]);
  });

  test('gives up by its signal', async () => {
    const abort = new AbortController();
    const measuring = measureProfiles([target('slow', directory)], [tiny], {
      signal: abort.signal,
      onProgress: () => abort.abort(),
    });
    await expect(measuring).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('evidence', () => {
  const file = fileURLToPath(new URL('../charts/fixture/grid.json', import.meta.url));

  test('is of targets with the settings that were asked for, and of no others', async () => {
    const result = await readResult(file);
    const [one] = result.targets.filter(({ volatile }) => !volatile);
    if (one === undefined) expect.fail('The fixture has a target.');
    const dressed = { ...result, targets: [{ ...one, settings: { key: 'value' } }] };
    expect(evidenceOf(dressed).targets).toEqual([]);
    expect(evidenceOf(dressed, { [one.driver]: { key: 'other' } }).targets).toEqual([]);
    const asked = evidenceOf(dressed, { [one.driver]: { key: 'value' } }).targets;
    expect(asked).toEqual(evidenceOf({ ...result, targets: [one] }).targets);
  });

  test('is that of the same file system, or else of any', () => {
    const targets = ['ext4', 'xfs'].map((filesystem) => ({
      target: filesystem,
      driver: 'one',
      filesystem,
      models: [],
    }));
    const evidence = { measuredAt: '', machine: '', commit: null, targets };
    const found = (driver: string, filesystem: string) => evidenceFor(evidence, { driver, filesystem })?.target;
    expect([found('one', 'xfs'), found('one', 'btrfs'), found('other', 'xfs')]).toEqual(['xfs', 'ext4', undefined]);
  });

  test('is doubted as much as its samples are apart, where a model goes through all of them', () => {
    const misfit = (factor: number): number => {
      const sample = (of: BenchCase, operation: WorkloadOperation, index: number) => {
        const nanoseconds = 1000 * (index % 2 === 0 ? 1 : factor);
        return { target: 'it', case: caseId(of), operation, round: 0, index, nanoseconds };
      };
      const samples = WORKLOAD_OPERATIONS.flatMap((operation) => {
        const of = operation === 'first' || operation === 'second' ? copyUp : life(1);
        return Array.from({ length: 8 }, (_, index) => sample(of, operation, index));
      });
      return evidenceOf(resultOf([copyUp, life(1)], samples)).targets[0]?.models[0]?.misfit ?? Number.NaN;
    };
    expect(misfit(1)).toBeLessThan(0.001);
    expect(misfit(2)).toBeGreaterThan(0.2);
  });
});
