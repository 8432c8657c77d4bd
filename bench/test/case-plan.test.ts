import { describe, expect, test } from 'vitest';
import { type BenchCase, caseId } from '../src/bench-case.ts';
import { ProgressEstimate } from '../src/bench-progress.ts';
import { bytesWritten, planCases, samplesPerRound } from '../src/case-plan.ts';
import { quickCases } from '../src/quick-cases.ts';
import { roundOrder } from '../src/round-order.ts';

const MIB = 1024 ** 2;
const copyUp = (size: number, layers = 1, directories = 1): BenchCase => ({
  workload: 'copy_up',
  size,
  layers,
  directories,
});
const roomy = { free: 1024 ** 4, budget: 1024 ** 4 };

describe('caseId', () => {
  test('tells all quick cases apart', () => {
    const ids = quickCases({ largest: true }).map(caseId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain('copy_up/128MiB/layers-16/directories-1');
  });

  test('does not round a size that is not round', () => {
    expect(caseId(copyUp(MIB + 1))).toBe('copy_up/1048577B/layers-1/directories-1');
    expect(caseId(copyUp(1536))).toBe('copy_up/1.5KiB/layers-1/directories-1');
  });
});

describe('planCases', () => {
  test('takes fewer samples of larger files, and never fewer than 3', () => {
    expect([4096, MIB, 16 * MIB, 128 * MIB].map((size) => samplesPerRound(copyUp(size)))).toEqual([8, 8, 4, 3]);
  });

  test('counts full copies of every layer only for drivers that make them', () => {
    const of = copyUp(16 * MIB, 16);
    expect(bytesWritten(of, 4, 'none')).toBe(16 * MIB * 21);
    expect(bytesWritten(of, 4, 'file')).toBe(16 * MIB * 6);
    expect(bytesWritten(of, 4, 'block')).toBe(16 * MIB * 2);
  });

  test('skips what is over the byte budget, with a reason, and measures the rest', () => {
    const cases = [copyUp(4096, 16), copyUp(128 * MIB, 16)];
    const { planned, skipped } = planCases(cases, { ...roomy, copyOnWrite: 'none', budget: 1024 ** 3 });
    expect(planned.map((plan) => caseId(plan.case))).toEqual(['copy_up/4KiB/layers-16/directories-1']);
    expect(skipped).toHaveLength(1);
    expect(skipped[0]?.case).toBe('copy_up/128MiB/layers-16/directories-1');
    expect(skipped[0]?.reason).toContain('2.5 GiB');
    expect(planCases(cases, { ...roomy, copyOnWrite: 'file', budget: 1024 ** 3 }).skipped).toEqual([]);
  });

  test('skips what would fill the file system', () => {
    const { skipped } = planCases([copyUp(128 * MIB)], { copyOnWrite: 'file', budget: 1024 ** 4, free: 400 * MIB });
    expect(skipped).toHaveLength(1);
  });
});

describe('roundOrder', () => {
  test('begins each round with another target and leaves none out', () => {
    expect(roundOrder(3, 3).map(({ index }) => index)).toEqual([0, 1, 2, 1, 2, 0, 2, 0, 1]);
    expect(roundOrder(2, 3).map(({ round }) => round)).toEqual([0, 0, 1, 1, 2, 2]);
    expect(roundOrder(0, 3)).toEqual([]);
  });
});

describe('ProgressEstimate', () => {
  test('corrects its guess by the pace so far', () => {
    let now = 0;
    const estimate = new ProgressEstimate(10_000, () => now);
    expect(estimate.at('vfs', null)).toMatchObject({ fraction: 0, elapsed: 0, remaining: 10_000 });
    now = 10_000; // Twice as slow as foreseen.
    estimate.advance(5_000);
    const half = estimate.at('vfs', 'x');
    expect(half.fraction).toBe(0.5);
    expect(half.remaining).toBeGreaterThan(8_000);
    estimate.advance(9_000);
    expect(estimate.at('vfs', null)).toMatchObject({ fraction: 1, remaining: 0 });
  });
});
