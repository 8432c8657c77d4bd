import { describe, expect, test } from 'vitest';
import { type BenchCase, caseId, type Operation } from '../../src/bench-case.ts';
import type { SampleRecord } from '../../src/bench-result.ts';
import { insideChart } from '../../src/charts/inside-chart.ts';
import { manyChart } from '../../src/charts/many-chart.ts';
import { resultOf } from '../result-fixture.ts';

const find: BenchCase = { workload: 'inside', work: 'find', amount: 2000 };
const sqlite: BenchCase = { workload: 'inside', work: 'sqlite', amount: 50 };
const many: BenchCase = { workload: 'many', containers: 100, atOnce: 8 };
const chain: BenchCase = { workload: 'chain', layers: 120, written: 16 * 1024 ** 2 };

function sample(target: string, of: BenchCase, operation: Operation, nanoseconds: number): SampleRecord {
  return { target, case: caseId(of), operation, round: 0, index: 0, nanoseconds };
}

describe('the chart of programs in mounts', () => {
  test('has a panel per program, with the multiple of each target', () => {
    const samples = [
      sample('a', find, 'plain', 10e6),
      sample('a', find, 'first', 25e6),
      sample('b', sqlite, 'plain', 10e6),
      sample('b', sqlite, 'first', 9e6),
    ];
    const { svg = '', name } = insideChart(resultOf([find, sqlite], samples)) ?? {};
    expect(name).toBe('inside.svg');
    for (const words of ['find, 2,000 files', 'SQLite, 50 transactions', '2.5×', '0.9×'])
      expect(svg).toContain(`>${words}<`);
    expect(svg.match(/>not measured</g)).toHaveLength(2);
  });

  test('is not there where nothing was measured', () => {
    expect(insideChart(resultOf([find], []))).toBeUndefined();
    expect(insideChart(resultOf([many], [sample('a', many, 'start_all', 1e6)]))).toBeUndefined();
  });
});

describe('the chart of many containers', () => {
  test('has what each of them takes, and the steps on a chain of layers', () => {
    const samples = [sample('a', many, 'start_all', 500e6), sample('a', chain, 'sync', 70e6)];
    const { svg = '' } = manyChart(resultOf([many, chain], samples)) ?? {};
    for (const words of ['100 containers, 8 at once: time for each', '5 ms', 'One container on 120 layers', '70 ms'])
      expect(svg).toContain(`>${words}<`);
  });

  test('is not there where nothing was measured', () => {
    expect(manyChart(resultOf([many, chain], []))).toBeUndefined();
  });
});
