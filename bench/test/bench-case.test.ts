import { describe, expect, test } from 'vitest';
import { type BenchCase, type CopyUpCase, caseId, TOUCHES } from '../src/bench-case.ts';
import { AROUND_THE_CENTRE, FULL_GRID, fullCases, GRID_CENTRE, gridCases, manyCases } from '../src/grid-cases.ts';
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
      { workload: 'touch', touch: 'setxattr', size: MIB, layers: 2, directories: 3 },
      { workload: 'sparse', size: MIB, layers: 2, directories: 3 },
      { workload: 'concurrency', writers: 8, size: MIB, layers: 2, directories: 3 },
      { workload: 'lifecycle', files: 16, fileSize: 1536 },
      { workload: 'apply', files: 16, fileSize: 1000 },
      { workload: 'difference', files: 4096, fileSize: 4096, changed: 16 },
      { workload: 'where', files: 1, fileSize: 1024 ** 3 },
      { workload: 'inside', work: 'compile', amount: 40 },
      { workload: 'many', containers: 1000, atOnce: 8 },
      { workload: 'chain', layers: 499, written: 16 * MIB },
    ];
    expect(cases.map(caseId)).toEqual([
      'copy_up/1MiB/layers-1/directories-1/home/warm',
      'copy_up/1048577B/layers-500/directories-64/every/cold',
      'touch/setxattr/1MiB/layers-2/directories-3',
      'sparse/1MiB/layers-2/directories-3',
      'concurrency/8-at-once/1MiB/layers-2/directories-3',
      'lifecycle/16-files/1.5KiB',
      'apply/16-files/1000B',
      'difference/16-of-4096-files/4KiB',
      'where/1-files/1GiB',
      'inside/compile/40-sources',
      'many/1000-containers/8-at-once',
      'chain/499-layers/16MiB',
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

describe('manyCases', () => {
  test('start several at once where there are many', () => {
    expect(manyCases([10, 100]).map(caseId)).toEqual([
      'many/10-containers/1-at-once',
      'many/100-containers/1-at-once',
      'many/100-containers/8-at-once',
    ]);
    const full = (containers?: number[]): BenchCase[] =>
      fullCases(containers === undefined ? {} : { containers }).filter(({ workload }) => workload === 'many');
    expect(full()).toEqual(manyCases([1, 10, 100]));
    expect(full([1000])).toEqual(manyCases([1000]));
  });
});

describe('AROUND_THE_CENTRE', () => {
  test('has one factor other than the centre in each case, and the centre is a cell of the grid', () => {
    const cells = gridCases(FULL_GRID).map(caseId);
    expect(cells).toContain(caseId({ ...cell, ...GRID_CENTRE }));
    const odd = AROUND_THE_CENTRE.filter(
      ({ size, layers, directories }) =>
        layers !== GRID_CENTRE.layers || directories !== GRID_CENTRE.directories || size !== GRID_CENTRE.size,
    );
    expect(odd.map(caseId)).toEqual(['sparse/1GiB/layers-16/directories-16']);
    expect(AROUND_THE_CENTRE.flatMap((of) => (of.workload === 'touch' ? [of.touch] : []))).toEqual([...TOUCHES]);
  });
});
