import { describe, expect, test } from 'vitest';
import { type BenchCase, type CopyUpCase, caseId } from '../src/bench-case.ts';
import type { SampleRecord } from '../src/bench-result.ts';
import { extraOverPlain } from '../src/summaries.ts';
import { renderArchiveTable } from '../src/tables/archive-table.ts';
import { copyUpSections, renderCopyUpTable } from '../src/tables/copy-up-table.ts';
import { renderLifecycleTable } from '../src/tables/lifecycle-table.ts';
import { ofTables, RESULT_TABLES, renderResult } from '../src/tables/render-result.ts';
import { renderCsv } from '../src/tables/result-csv.ts';
import { renderSkips } from '../src/tables/skip-lines.ts';
import { whereSections } from '../src/tables/where-table.ts';
import { resultOf } from './result-fixture.ts';

const MIB = 1024 ** 2;
const small: CopyUpCase = {
  workload: 'copy_up',
  size: 4096,
  layers: 1,
  directories: 16,
  placement: 'home',
  cache: 'warm',
};
const large: CopyUpCase = { ...small, size: 16 * MIB, layers: 16, directories: 1 };
const life: BenchCase = { workload: 'lifecycle', files: 16, fileSize: 65536 };
const apply: BenchCase = { workload: 'apply', files: 1000, fileSize: 1000 };
const difference: BenchCase = { workload: 'difference', files: 100, fileSize: 4096, changed: 7 };
const where: BenchCase = { workload: 'where', files: 4, fileSize: MIB };

function sample(
  target: string,
  of: BenchCase,
  operation: SampleRecord['operation'],
  index: number,
  nanoseconds: number,
  more: Partial<SampleRecord> = {},
): SampleRecord {
  return { target, case: caseId(of), operation, round: 0, index, nanoseconds, ...more };
}

/** The first line of a table that begins with these words, its runs of spaces made one. */
function lineOf(table: string, start: string): string | undefined {
  const lines = table.split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, ' | '));
  return lines.find((line) => line.startsWith(start));
}

describe('extraOverPlain', () => {
  test('pairs the writes of one container, whatever their order in the file', () => {
    const samples = [
      sample('overlay2', small, 'plain', 1, 30),
      sample('overlay2', small, 'first', 0, 100),
      sample('overlay2', small, 'first', 1, 200),
      sample('overlay2', small, 'plain', 0, 10),
      sample('vfs', small, 'plain', 0, 99),
    ];
    expect(extraOverPlain(resultOf([small], samples), 'overlay2', caseId(small))).toEqual([90, 170]);
  });

  test('leaves out a write that has no counterpart', () => {
    const samples = [sample('overlay2', small, 'first', 0, 100)];
    expect(extraOverPlain(resultOf([small], samples), 'overlay2', caseId(small))).toEqual([]);
  });
});

describe('renderCopyUpTable', () => {
  const samples = [0, 1, 2].flatMap((index) => [
    sample('overlay2', small, 'first', index, 1_510_000),
    sample('overlay2', small, 'plain', index, 10_000),
    sample('vfs', small, 'first', index, 9_000),
    sample('vfs', small, 'plain', index, 10_000),
  ]);
  const result = resultOf([small, large], samples, [{ target: 'vfs', case: caseId(large), reason: 'Too much.' }]);

  test('has a row per case and a column per target', () => {
    expect(renderCopyUpTable(result)).toBe(
      [
        'file size  directories  layers              overlay2                      vfs',
        '─────────  ───────────  ──────  ────────────────────  ───────────────────────',
        '    4 KiB           16       1  1.50 ms [1.50, 1.50]  -1.00 µs [-1.00, -1.00]',
        '   16 MiB            1      16                     –                  skipped',
        '',
      ].join('\n'),
    );
  });

  test('shows only the targets that were asked for', () => {
    expect(renderCopyUpTable(result, { targets: ['vfs'] })).not.toContain('overlay2');
  });

  test('becomes Markdown on request', () => {
    expect(renderCopyUpTable(result, { format: 'markdown' }).split('\n')[1]).toMatch(/^\| -+: \| -+: /);
  });

  test('says placement and cache where they differ', () => {
    const cold = resultOf([small, { ...small, placement: 'every', cache: 'cold' }], samples);
    expect(lineOf(renderCopyUpTable(cold), 'file size')).toContain('placement | cache');
    expect(renderCopyUpTable(cold)).toMatch(/every +cold/);
  });
});

describe('copyUpSections', () => {
  const cells = [1, 2, 3].map((layers): CopyUpCase => ({ ...small, layers }));
  const cold = [1, 2].map((layers): CopyUpCase => ({ ...small, layers, cache: 'cold' }));
  const simplest: CopyUpCase = { ...small, directories: 1 };
  const samples = cells.flatMap((of) => [
    sample('overlay2', of, 'plain', 0, 1_000),
    sample('overlay2', of, 'first', 0, 1_000 + of.layers * 1_000_000),
    sample('vfs', of, 'plain', 0, 1_000),
  ]);
  const result = resultOf([simplest, ...cells, ...cold], samples);

  test('has a table of each target with a column per layer depth, and one of all targets for few depths', () => {
    const titles = copyUpSections(result).map(({ title }) => title);
    expect(titles.map((title) => title.replace(/^copy_up[:,] /, ''))).toEqual([
      'the targets side by side, one layer, one directory down, warm caches',
      'warm caches, directories in the home layer only: overlay2',
      'warm caches, directories in the home layer only: vfs',
      'cold caches, directories in the home layer only',
    ]);
    const grid = copyUpSections(result)[1]?.table ?? '';
    expect(lineOf(grid, 'file size')).toBe('file size | directories | 1 layer | 2 layers | 3 layers');
    expect(lineOf(grid, '4 KiB | 16')).toBe(
      '4 KiB | 16 | 1.00 ms [1.00, 1.00] | 2.00 ms [2.00, 2.00] | 3.00 ms [3.00, 3.00]',
    );
  });
});

describe('renderLifecycleTable', () => {
  test('has a row per operation and image', () => {
    const result = resultOf([life], [sample('overlay2', life, 'create', 0, 800_000)]);
    const lines = renderLifecycleTable(result).split('\n');
    expect(lines).toHaveLength(7);
    expect(lines[2]).toMatch(/^create +1 MiB in 16 files +800 µs \[800, 800\]$/);
    expect(lines[5]).toMatch(/^remove +1 MiB in 16 files +–$/);
  });
});

describe('renderArchiveTable', () => {
  test('has times, and for what is unpacked megabytes a second with the slower bound first', () => {
    const samples = [
      sample('vfs', apply, 'apply', 0, 10_000_000),
      sample('vfs', apply, 'apply', 1, 20_000_000),
      sample('vfs', difference, 'changes', 0, 3_000_000),
    ];
    const table = renderArchiveTable(resultOf([apply, difference], samples));
    expect(lineOf(table, 'apply |')).toBe('apply | 1000 files of 1000 B | 15.0 ms [10.0, 20.0]');
    expect(lineOf(table, 'apply, MB/s')).toBe('apply, MB/s | 1000 files of 1000 B | 66.7 [50.0, 100]');
    expect(lineOf(table, 'changes')).toBe('changes | 7 of 100 files of 4 KiB | 3.00 ms [3.00, 3.00]');
    expect(lineOf(table, 'diff')).toBe('diff | 7 of 100 files of 4 KiB | –');
  });
});

describe('whereSections', () => {
  test('says what a container pays in all, what most of it is for, and what it takes on the disk', () => {
    const samples = [0, 1].flatMap((index) => [
      sample('vfs', where, 'create', index, 60_000_000, { bytes: 4 * MIB }),
      sample('vfs', where, 'first', index, 20_000_000, { bytes: 5 * MIB }),
      sample('vfs', where, 'remove', index, 20_000_000),
    ]);
    const [section] = whereSections(resultOf([where], samples));
    expect(section?.title).toContain('4 MiB');
    const table = section?.table ?? '';
    expect(lineOf(table, 'first write')).toBe('first write | 20.0 ms [20.0, 20.0]');
    expect(lineOf(table, 'all of it')).toBe('all of it | 100 ms [100, 100]');
    expect(lineOf(table, 'most of it')).toBe('most of it | create, 60 %');
    expect(lineOf(table, 'disk, fresh')).toBe('disk, fresh | 4 MiB');
    expect(lineOf(table, 'disk, after')).toBe('disk, after the first write | 5 MiB');
  });
});

describe('renderSkips', () => {
  test('tells a reason once', () => {
    const skips = [small, life].map((of) => ({ target: 'zfs', case: caseId(of), reason: 'It does not work there.' }));
    expect(renderSkips(resultOf([small, life], [], skips))).toBe(
      `zfs: ${caseId(small)}, ${caseId(life)}: It does not work there.\n`,
    );
  });

  test('tells many cells by their factors', () => {
    const cells = [1, 2].flatMap((layers) => [3, 4].map((directories) => ({ ...small, layers, directories })));
    const skips = [...cells, life].map((of) => ({ target: 'vfs', case: caseId(of), reason: 'Too much.' }));
    expect(renderSkips({ skips })).toBe(
      `vfs: 4 cells of copy_up (4KiB; 1, 2 layers; 3, 4 directories; home; warm), ${caseId(life)}: Too much.\n`,
    );
  });
});

describe('renderCsv', () => {
  const samples = [
    sample('a, "b"', small, 'plain', 0, 100),
    sample('a, "b"', small, 'first', 0, 300),
    sample('a, "b"', where, 'create', 0, 5, { bytes: 4096 }),
  ];
  const result = resultOf([small, where], samples);

  test('has a line per quantity with samples, as wide as its header, and quotes what has commas', () => {
    const [header = '', ...lines] = renderCsv(result).trimEnd().split('\n');
    const fields = (line: string): number => line.replaceAll(/"(?:[^"]|"")*"/g, 'x').split(',').length;
    expect(lines.map(fields)).toEqual(lines.map(() => fields(header)));
    expect(lines.map((line) => line.split(',').slice(-6).join(' '))).toEqual([
      'extra ns 1 200 200 200',
      'plain ns 1 100 100 100',
      'first ns 1 300 300 300',
      'create ns 1 5 5 5',
      'disk after create B 1 4096 4096 4096',
    ]);
    expect(lines[0]).toMatch(/^"a, ""b""",/);
  });

  test('has the workloads that were asked for', () => {
    expect(renderCsv(result, { workloads: ['where'] })).not.toContain('copy_up');
  });
});

describe('renderResult', () => {
  const cases = [small, life, apply, difference, where];
  const result = resultOf(cases, [sample('vfs', small, 'plain', 0, 1)]);

  test.each(['text', 'markdown', 'csv'] as const)('shows what each table is of and nothing else as %s', (format) => {
    const csvSamples = cases.map((of) => sample('vfs', of, OPERATION[of.workload], 0, 1));
    const whole = resultOf(cases, csvSamples);
    for (const table of RESULT_TABLES) {
      const rendered = renderResult(whole, { format, tables: [table] });
      for (const other of RESULT_TABLES) {
        const words = format === 'csv' ? CSV_WORDS[other] : WORDS[other];
        if (other === table) expect(rendered).toContain(words);
        else expect(rendered).not.toContain(words);
      }
    }
  });

  test('says of a run that was ended early that it was', () => {
    expect(renderResult(result)).not.toContain('ended early');
    expect(renderResult({ ...result, complete: false })).toContain('ended early');
  });

  test('leaves out tables of what was not measured', () => {
    expect(renderResult(resultOf([small], []))).not.toContain(WORDS.archive);
  });
});

describe('ofTables', () => {
  test('keeps the cases that the tables show', () => {
    expect(ofTables([small, life, apply, difference, where], ['archive', 'where'])).toEqual([apply, difference, where]);
  });
});

const WORDS = {
  'copy-up': 'directories in the home layer',
  lifecycle: "A container's life",
  archive: 'Archives and changes',
  where: 'Where it is paid',
} as const;

const CSV_WORDS = { 'copy-up': 'copy_up', lifecycle: 'lifecycle', archive: 'apply', where: 'where' } as const;

const OPERATION = {
  copy_up: 'plain',
  lifecycle: 'create',
  apply: 'apply',
  difference: 'diff',
  where: 'create',
} as const;
