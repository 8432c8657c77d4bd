import { describe, expect, test } from 'vitest';
import { type BenchCase, type CopyUpCase, caseId } from '../src/bench-case.ts';
import type { SampleRecord } from '../src/bench-result.ts';
import { extraOverPlain } from '../src/summaries.ts';
import { renderArchiveTable } from '../src/tables/archive-table.ts';
import { copyUpSections, renderCopyUpTable } from '../src/tables/copy-up-table.ts';
import { insideSections } from '../src/tables/inside-table.ts';
import { renderLifecycleTable } from '../src/tables/lifecycle-table.ts';
import { manySections } from '../src/tables/many-table.ts';
import { ofTables, RESULT_TABLES, renderResult } from '../src/tables/render-result.ts';
import { renderCsv } from '../src/tables/result-csv.ts';
import { renderSkips } from '../src/tables/skip-lines.ts';
import { spaceSections } from '../src/tables/space-table.ts';
import { whereSections } from '../src/tables/where-table.ts';
import { resultOf } from './result-fixture.ts';
import { lineOf, sample } from './table-parts.ts';

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
const touch: BenchCase = { workload: 'touch', touch: 'append', size: MIB, layers: 2, directories: 3 };
const space: BenchCase = { workload: 'space', files: 4, fileSize: MIB, append: 4096 };
const where: BenchCase = { workload: 'where', files: 4, fileSize: MIB };
const inside: BenchCase = { workload: 'inside', work: 'install', amount: 2000 };
const many: BenchCase = { workload: 'many', containers: 100, atOnce: 8 };
const chain: BenchCase = { workload: 'chain', layers: 16, written: 16 * MIB };

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

describe('spaceSections', () => {
  const appended = (operation: SampleRecord['operation'], more: Partial<SampleRecord>) =>
    [0, 1].map((index) => sample('overlay2', space, operation, index, 1000, more));
  const result = resultOf(
    [space],
    [
      ...appended('idle', { allocated: 0, deviceBytes: 0 }),
      ...appended('plain', { allocated: 4096, deviceBytes: 12_288 }),
      ...appended('first', { allocated: MIB + 8192, deviceBytes: 2 * MIB, bytes: MIB + 4096 }),
      ...appended('remove', { allocated: -4096, deviceBytes: 8192 }),
    ],
  );

  test('say what is taken after each step by driver and file system, and what the device wrote for how much', () => {
    const [taken, written] = spaceSections(result);
    expect(lineOf(taken?.table ?? '', 'first append')).toBe('first append | 1 MiB, 1 MiB');
    expect(lineOf(taken?.table ?? '', 'remove |')).toBe('remove | -4 KiB');
    expect(taken?.table).not.toContain('plain');
    expect(lineOf(written?.table ?? '', 'a sync alone')).toBe('a sync alone | 0 B');
    expect(lineOf(written?.table ?? '', 'append to')).toBe('append to a plain file | 12 KiB, 3.0×');
    expect(lineOf(written?.table ?? '', 'first append')).toBe('first append | 2 MiB, 512×');
    expect(lineOf(written?.table ?? '', 'create')).toBe('create | –');
  });

  test("name the targets whose device is everybody else's too", () => {
    const shared = result.targets.map((target) => {
      return { ...target, filesystem: { ...target.filesystem, source: '/dev/vda' } };
    });
    expect(spaceSections(result)[1]?.title).not.toContain('shared');
    expect(spaceSections({ ...result, targets: shared })[1]?.title).toContain('shared with the machine: overlay2');
  });

  test('are lines of the CSV, also where less is in use than before', () => {
    const lines = renderCsv(result)
      .split('\n')
      .map((line) => line.split(',').slice(-6).join(' '));
    expect(lines).toContain('in use after remove B 2 -4096 -4096 -4096');
    expect(lines).toContain('written by first B 2 2097152 2097152 2097152');
    expect(lines).toContain(`reclaimable after first B 2 ${MIB + 4096} ${MIB + 4096} ${MIB + 4096}`);
  });
});

describe('insideSections', () => {
  test('put the container beside the plain directory, and say by pairs how many times as long it takes', () => {
    const samples = [
      sample('overlay2', inside, 'plain', 0, 10_000_000),
      sample('overlay2', inside, 'first', 0, 20_000_000),
      sample('overlay2', inside, 'plain', 1, 20_000_000),
      sample('overlay2', inside, 'first', 1, 60_000_000),
    ];
    const table = insideSections(resultOf([inside], samples))[0]?.table ?? '';
    const work = 'dpkg --install, 200 files';
    expect(lineOf(table, `${work} | a plain`)).toBe(`${work} | a plain directory | 15.0 ms [10.0, 20.0]`);
    expect(lineOf(table, `${work} | a container`)).toBe(`${work} | a container | 40.0 ms [20.0, 60.0]`);
    expect(lineOf(table, `${work} | times`)).toBe(`${work} | times as long | 2.50 [2.00, 3.00]`);
  });

  test('say where a program could not work', () => {
    const skips = [{ target: 'vfs', case: caseId(inside), reason: 'There is no command dpkg.' }];
    const table = insideSections(resultOf([inside], [], skips))[0]?.table ?? '';
    expect(lineOf(table, 'dpkg --install, 200 files | times')).toMatch(/ \| skipped$/);
  });
});

describe('manySections', () => {
  test('have the starts, puts and removes of many, and the steps on chains with what was left to sync', () => {
    const samples = [
      sample('overlay2', many, 'start', 0, 2_000_000),
      sample('overlay2', many, 'start_all', 0, 90_000_000),
      sample('overlay2', chain, 'put', 0, 1_000_000),
      sample('overlay2', chain, 'sync', 0, 30_000_000),
    ];
    const [first, second, ...none] = manySections(resultOf([many, chain], samples));
    expect(none).toEqual([]);
    expect(lineOf(first?.table ?? '', 'start of each')).toBe(
      'start of each | 100 containers, 8 at once | 2.00 ms [2.00, 2.00]',
    );
    expect(lineOf(first?.table ?? '', 'start of all')).toContain('90.0 ms');
    expect(second?.title).toContain('16 MiB');
    expect(lineOf(second?.table ?? '', 'put')).toBe('put | 16 layers | 1.00 ms [1.00, 1.00]');
    expect(lineOf(second?.table ?? '', 'sync after put')).toBe('sync after put | 16 layers | 30.0 ms [30.0, 30.0]');
  });

  test('leave out what was not measured', () => {
    expect(manySections(resultOf([chain], []))).toHaveLength(1);
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

  test('says which program worked, and how many times as long; how many containers there were, and how much was written', () => {
    const samples = [
      sample('vfs', inside, 'plain', 0, 5),
      sample('vfs', inside, 'first', 0, 10),
      sample('vfs', many, 'put_all', 0, 7),
      sample('vfs', chain, 'sync', 0, 9),
    ];
    const lines = renderCsv(resultOf([inside, many, chain], samples)).split('\n');
    expect(lines[1]).toMatch(/^vfs,vfs,ext4,false,inside,.*,install,2000,,,,times,1,1,2,2,2$/);
    expect(lines[4]).toMatch(/^vfs,vfs,ext4,false,many,.*,,,100,8,,put_all,ns,1,7,7,7$/);
    expect(lines[5]).toMatch(/^vfs,vfs,ext4,false,chain,,16,.*,16777216,sync,ns,1,9,9,9$/);
  });

  test('has the workloads that were asked for', () => {
    expect(renderCsv(result, { workloads: ['where'] })).not.toContain('copy_up');
  });
});

describe('renderResult', () => {
  const cases = [small, touch, life, apply, difference, where, space, inside, many, chain];
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
  touch: 'First touches',
  lifecycle: "A container's life",
  archive: 'Archives and changes',
  where: 'Where it is paid',
  space: 'Space after each step',
  inside: 'Programs in the mount',
  many: 'Many containers',
} as const;

const CSV_WORDS = {
  'copy-up': 'copy_up',
  touch: 'false,touch,',
  lifecycle: 'lifecycle',
  archive: 'apply',
  where: 'where',
  space: 'space',
  inside: 'false,inside,',
  many: 'false,many,',
} as const;

const OPERATION = {
  copy_up: 'plain',
  touch: 'plain',
  sparse: 'plain',
  concurrency: 'plain',
  lifecycle: 'create',
  apply: 'apply',
  difference: 'diff',
  where: 'create',
  space: 'create',
  inside: 'plain',
  many: 'start',
  chain: 'create',
} as const;
