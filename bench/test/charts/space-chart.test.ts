import { describe, expect, test } from 'vitest';
import { type BenchCase, caseId } from '../../src/bench-case.ts';
import type { SampleRecord } from '../../src/bench-result.ts';
import { spaceChart } from '../../src/charts/space-chart.ts';
import { resultOf } from '../result-fixture.ts';

const of: BenchCase = { workload: 'space', files: 4, fileSize: 1024 ** 2, append: 4096 };

function sample(target: string, operation: SampleRecord['operation'], more: Partial<SampleRecord>): SampleRecord {
  return { target, case: caseId(of), operation, round: 0, index: 0, nanoseconds: 1, allocated: 0, ...more };
}

describe('the chart of what the device writes', () => {
  const counted = sample('overlay2', 'first', { deviceBytes: 1_100_000 });

  test('has what each step makes it write, of targets whose device counts', () => {
    const { svg, name } = spaceChart(resultOf([of], [counted, sample('zfs', 'first', {})])) ?? expect.fail('A chart.');
    expect(name).toBe('space.svg');
    expect(svg).toContain('>1.1 MB<');
    expect(svg).toContain('>first append<');
    expect(svg).toContain('>overlay2<');
    expect(svg).not.toContain('>zfs<');
  });

  test('says which targets are on a disk that others write to', () => {
    const result = resultOf([of], [counted]);
    const targets = result.targets.map((target) => {
      return { ...target, filesystem: { ...target.filesystem, source: '/dev/sda1' } };
    });
    expect(spaceChart(result)?.svg).not.toContain('others write');
    expect(spaceChart({ ...result, targets })?.svg).toContain('others write to as well: overlay2');
  });

  test('is not there where nothing was counted', () => {
    expect(spaceChart(resultOf([of], [sample('zfs', 'first', {})]))).toBeUndefined();
    expect(spaceChart(resultOf([], []))).toBeUndefined();
  });
});
