import { describe, expect, test } from 'vitest';
import { type BenchCase, type CopyUpCase, caseId } from '../src/bench-case.ts';
import { FULL_GRID, fullCases, gridCases } from '../src/grid-cases.ts';
import { quickCases } from '../src/quick-cases.ts';

const MIB = 1024 ** 2;
const cell: CopyUpCase = {
  workload: 'copy_up',
  size: MIB,
  layers: 1,
  directories: 1,
  placement: 'home',
  cache: 'warm',
};

describe('caseId', () => {
  test.each<[string, BenchCase[]]>([
    ['quick', quickCases({ largest: true, beside: true })],
    ['full', fullCases({ cold: true })],
  ])('tells all %s cases apart', (_, cases) => {
    const ids = cases.map(caseId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('stays as it was, because result files go by it', () => {
    const cases: BenchCase[] = [
      cell,
      { ...cell, size: MIB + 1, layers: 500, directories: 64, placement: 'every', cache: 'cold' },
      { workload: 'lifecycle', files: 16, fileSize: 1536 },
      { workload: 'apply', files: 16, fileSize: 1000 },
      { workload: 'difference', files: 4096, fileSize: 4096, changed: 16 },
      { workload: 'where', files: 1, fileSize: 1024 ** 3 },
    ];
    expect(cases.map(caseId)).toEqual([
      'copy_up/1MiB/layers-1/directories-1/home/warm',
      'copy_up/1048577B/layers-500/directories-64/every/cold',
      'lifecycle/16-files/1.5KiB',
      'apply/16-files/1000B',
      'difference/16-of-4096-files/4KiB',
      'where/1-files/1GiB',
    ]);
  });
});

describe('gridCases', () => {
  test('has a cell with one layer once, because there the home is every layer', () => {
    const cells = gridCases({ ...FULL_GRID, caches: ['warm'] });
    expect(cells).toHaveLength(5 * 3 * 5 + 5 * 3 * 4);
    expect(cells.filter(({ layers }) => layers === 1).map(({ placement }) => placement)).not.toContain('every');
    expect(gridCases({ ...FULL_GRID, placements: ['every'], caches: ['warm'] })).toHaveLength(5 * 3 * 5);
  });
});

describe('fullCases', () => {
  const copyUps = (cases: readonly BenchCase[]): CopyUpCase[] => cases.filter((of) => of.workload === 'copy_up');

  test('are cold for a part of the grid, and for all of it on request', () => {
    const cold = copyUps(fullCases()).filter(({ cache }) => cache === 'cold');
    expect(cold).toHaveLength(5 * 2);
    const all = copyUps(fullCases({ cold: true }));
    expect(all.filter(({ cache }) => cache === 'cold')).toHaveLength(all.length / 2);
  });

  test('keep to the factors that were asked for', () => {
    const cells = copyUps(fullCases({ sizes: [4096], layers: [1, 7], directories: [2], placements: ['every'] }));
    expect(cells.map(caseId)).toEqual([
      'copy_up/4KiB/layers-1/directories-2/every/warm',
      'copy_up/4KiB/layers-7/directories-2/every/warm',
    ]);
  });
});
