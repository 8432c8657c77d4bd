import { describe, expect, test } from 'vitest';
import { type BenchCase, type CopyUpCase, caseId, isOnGround } from '../src/bench-case.ts';
import { ProgressEstimate } from '../src/bench-progress.ts';
import { type CasePlan, groupsMilliseconds, type PlanLimits, planCases } from '../src/case-plan.ts';
import { AROUND_THE_CENTRE, CHAINS, fullCases, GRID_CENTRE, INSIDE, manyCases } from '../src/grid-cases.ts';
import { roundOrder } from '../src/round-order.ts';
import { orderWork } from '../src/round-work.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const copyUp = (size: number, layers = 1, directories = 1, more: Partial<CopyUpCase> = {}): CopyUpCase => ({
  workload: 'copy_up',
  size,
  layers,
  directories,
  placement: 'home',
  cache: 'warm',
  ...more,
});
const sharing: PlanLimits = {
  copyOnWrite: 'file',
  reflinks: false,
  maxDepth: 501,
  free: 1024 ** 4,
  memory: 1024 ** 4,
  budget: 1024 ** 4,
  patience: Number.POSITIVE_INFINITY,
  mostSamples: 8,
  coldRefusal: null,
  programRefusal: () => null,
};
const copying: PlanLimits = { ...sharing, copyOnWrite: 'none' };

const planned = ({ groups }: CasePlan): string[] => groups.flatMap(({ cases }) => cases.map((one) => caseId(one.case)));

describe('planCases', () => {
  test('takes fewer samples of larger files where they are copied, and never fewer than 3', () => {
    const samples = (limits: PlanLimits): number[] =>
      [4096, MIB, 16 * MIB, GIB].map((size) => planCases([copyUp(size)], limits).groups[0]?.cases[0]?.samples ?? 0);
    expect(samples(sharing)).toEqual([8, 8, 4, 3]);
    expect(samples({ ...sharing, reflinks: true })).toEqual([8, 8, 8, 8]);
    expect(samples({ ...sharing, copyOnWrite: 'block' })).toEqual([8, 8, 8, 8]);
    expect(samples({ ...sharing, mostSamples: 2 })).toEqual([2, 2, 2, 2]);
  });

  test('lets a driver that shares files build one image for the whole grid, and every cell stand on it', () => {
    const { groups, skipped } = planCases(fullCases(), sharing);
    expect(skipped).toEqual([]);
    const grids = groups.filter(({ image }) => image !== null);
    expect(grids).toHaveLength(1);
    // Those of the grid, two sparse ones, and seven more that are appended to at once.
    expect(grids[0]?.image?.files).toHaveLength(5 * 3 + 2 + 7);
    expect(grids[0]?.image?.chains).toEqual({ home: 500, every: 500 });
    expect(grids[0]?.cases).toHaveLength(fullCases().filter(isOnGround).length);
  });

  test('lets a driver that copies all bytes pay for a large file in the cells of that file alone', () => {
    const cases = [copyUp(4096, 16), copyUp(MIB, 16), copyUp(128 * MIB), copyUp(GIB)];
    const sizes = planCases(cases, copying).groups.map(({ image }) => image?.files.map(({ size }) => size));
    expect(sizes).toEqual([[4096, MIB], [128 * MIB], [GIB]]);
    expect(planCases(cases, { ...copying, reflinks: true }).groups).toHaveLength(1);
  });

  test('lets a driver that copies all bytes pay for files at once in those cases alone, and reckons with filled holes', () => {
    const around = AROUND_THE_CENTRE.filter(({ workload }) => workload !== 'touch');
    const { groups, skipped } = planCases(around, { ...copying, budget: 4 * GIB });
    const counts = groups.map(({ cases, image }) => [cases.length, image?.files.length, image?.chains.home]);
    expect(counts.toSorted()).toEqual([1, 1, 2, 4, 8].map((files) => [1, files, GRID_CENTRE.layers]));
    expect(skipped.map((skip) => skip.case)).toEqual(['sparse/1GiB/layers-16/directories-16']);
    expect(skipped[0]?.reason).toContain('holes');
    const cheap = planCases(around, { ...sharing, budget: GIB });
    expect(cheap.skipped).toEqual([]);
    expect(cheap.groups).toHaveLength(1);
  });

  test('takes a container deeper than the driver mounts for too deep, whatever is done in it', () => {
    const { groups, skipped } = planCases(AROUND_THE_CENTRE, { ...sharing, maxDepth: GRID_CENTRE.layers });
    expect(groups).toEqual([]);
    expect(skipped).toHaveLength(AROUND_THE_CENTRE.length);
  });

  test('builds no more than the measured cells need', () => {
    const cases = [copyUp(4096, 16), copyUp(128 * MIB, 120), copyUp(128 * MIB, 3, 2, { placement: 'every' })];
    const { groups } = planCases(cases, { ...copying, budget: 2 * GIB });
    expect(groups.map(({ image }) => image?.chains)).toEqual([
      { home: 16, every: 1 },
      { home: 1, every: 3 },
    ]);
  });

  test('skips what is over the byte budget, with a reason, and measures the rest', () => {
    const cases = [copyUp(4096, 16), copyUp(128 * MIB, 16)];
    const plan = planCases(cases, { ...copying, budget: GIB });
    expect(planned(plan)).toEqual(['copy_up/4KiB/layers-16/directories-1/home/warm']);
    expect(plan.skipped).toHaveLength(1);
    expect(plan.skipped[0]?.case).toBe('copy_up/128MiB/layers-16/directories-1/home/warm');
    expect(plan.skipped[0]?.reason).toContain('2.4 GiB');
    expect(planCases(cases, { ...sharing, budget: GIB }).skipped).toEqual([]);
    expect(planCases(cases, { ...copying, reflinks: true, budget: GIB }).skipped).toEqual([]);
  });

  test.each<[string, Partial<PlanLimits>, CopyUpCase]>([
    ['would fill the file system', { free: 400 * MIB }, copyUp(128 * MIB)],
    ['is deeper than the driver mounts', { maxDepth: 128 }, copyUp(4096, 128)],
    ['needs caches emptied that cannot be', { coldRefusal: 'No.' }, copyUp(4096, 1, 1, { cache: 'cold' })],
    ['does not stay in memory', { memory: GIB }, copyUp(GIB)],
    ['would take too long', { patience: 100 }, copyUp(4096, 120)],
  ])('skips what %s', (_, limits, of) => {
    const neighbour = copyUp(4096);
    const plan = planCases([neighbour, of], { ...sharing, ...limits, patience: limits.patience ?? 1e6 });
    expect(plan.skipped.map((skip) => skip.case)).toContain(caseId(of));
    expect(plan.skipped.every(({ reason }) => reason.length > 0)).toBe(true);
    if (limits.patience === undefined) expect(planned(plan)).toEqual([caseId(neighbour)]);
  });

  test('mounts as deep as the driver says, the container counted', () => {
    expect(planCases([copyUp(4096, 127)], { ...sharing, maxDepth: 128 }).skipped).toEqual([]);
    const chain = (layers: number): BenchCase => ({ workload: 'chain', layers, written: 4096 });
    expect(planCases([chain(127)], { ...sharing, maxDepth: 128 }).skipped).toEqual([]);
    expect(planCases([chain(128)], { ...sharing, maxDepth: 128 }).skipped).toHaveLength(1);
  });

  test('starts a thousand containers once, and few of them several times', () => {
    const samples = (containers: number): number | undefined =>
      planCases([{ workload: 'many', containers, atOnce: 1 }], sharing).groups[0]?.cases[0]?.samples;
    expect([1, 10, 100, 1000].map(samples)).toEqual([8, 6, 1, 1]);
  });

  test('skips programs that are not there, and no others', () => {
    const cases = INSIDE.filter(({ work }) => work === 'checkout' || work === 'find');
    const programRefusal = (work: string): string | null => (work === 'checkout' ? 'There is no git.' : null);
    const plan = planCases(cases, { ...sharing, programRefusal });
    expect(plan.skipped.map(({ reason }) => reason)).toEqual(['There is no git.']);
    expect(planned(plan)).toEqual(['inside/find/2000-files']);
  });

  test('foresees that programs, many containers and chains stay under a minute, whatever the driver copies', () => {
    const cases = [...INSIDE, ...manyCases([1, 10, 100]), ...CHAINS];
    for (const limits of [sharing, { ...copying, patience: 20_000 }]) {
      expect(groupsMilliseconds(planCases(cases, { ...limits, mostSamples: 5 }).groups)).toBeLessThan(60_000);
    }
  });

  test('foresees more time for more', () => {
    const time = (cases: readonly BenchCase[], limits = sharing): number =>
      groupsMilliseconds(planCases(cases, limits).groups);
    const base = time([copyUp(MIB)]);
    expect(time([copyUp(GIB)])).toBeGreaterThan(base);
    expect(time([copyUp(MIB, 64)])).toBeGreaterThan(base);
    expect(time([copyUp(MIB, 1, 1, { cache: 'cold' })], { ...sharing, mostSamples: 3 })).toBeGreaterThan(
      time([copyUp(MIB)], { ...sharing, mostSamples: 3 }),
    );
    expect(time([copyUp(MIB, 64)], copying)).toBeGreaterThan(time([copyUp(MIB, 64)]));
  });
});

describe('orderWork', () => {
  test('measures what is warm before what is cold, each shuffled by the seed', () => {
    const cases = [1, 2, 3, 4, 5, 6].flatMap((layers) => [
      copyUp(4096, layers, 1, { cache: 'cold' }),
      copyUp(4096, layers),
    ]);
    const { groups } = planCases(cases, sharing);
    const order = (seed: number): string[] => planned({ groups: orderWork(groups, seed), skipped: [] });
    expect(order(1).map((id) => id.endsWith('warm'))).toEqual(cases.map((_, index) => index < cases.length / 2));
    expect(order(1)).toEqual(order(1));
    expect(order(1)).not.toEqual(order(2));
    expect(order(1).toSorted()).toEqual(cases.map(caseId).toSorted());
  });
});

describe('roundOrder', () => {
  test('begins each round with another target and leaves none out', () => {
    expect([0, 1, 2, 3].map((round) => roundOrder(round, 3))).toEqual([
      [0, 1, 2],
      [1, 2, 0],
      [2, 0, 1],
      [0, 1, 2],
    ]);
    expect(roundOrder(1, 0)).toEqual([]);
  });
});

describe('ProgressEstimate', () => {
  test('corrects its guess by the pace so far', () => {
    let now = 0;
    const estimate = new ProgressEstimate(10_000, 2, () => now);
    expect(estimate.at('vfs', null)).toMatchObject({ fraction: 0, elapsed: 0, remaining: 10_000, done: 0, total: 2 });
    now = 10_000; // Twice as slow as foreseen.
    estimate.advance(5_000);
    estimate.count();
    const half = estimate.at('vfs', 'x');
    expect(half).toMatchObject({ fraction: 0.5, done: 1, total: 2 });
    expect(half.remaining).toBeGreaterThan(8_000);
    estimate.advance(9_000);
    expect(estimate.at('vfs', null)).toMatchObject({ fraction: 1, remaining: 0 });
  });
});
