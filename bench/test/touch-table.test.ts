import { describe, expect, test } from 'vitest';
import { type BenchCase, caseId } from '../src/bench-case.ts';
import { renderCsv } from '../src/tables/result-csv.ts';
import { renderSkips } from '../src/tables/skip-lines.ts';
import { touchSections } from '../src/tables/touch-table.ts';
import { resultOf } from './result-fixture.ts';
import { lineOf, sample } from './table-parts.ts';

const MIB = 1024 ** 2;
const place = { size: 16 * MIB, layers: 16, directories: 16 };
const touch: BenchCase = { workload: 'touch', touch: 'append', ...place };
const sparse: BenchCase = { workload: 'sparse', ...place };
const atOnce = (writers: number): BenchCase => ({ workload: 'concurrency', writers, ...place });
const life: BenchCase = { workload: 'lifecycle', files: 16, fileSize: 65536 };

describe('touchSections', () => {
  const tables = (...args: Parameters<typeof touchSections>): string[] =>
    touchSections(...args).map(({ title, table }) => `${title}\n${table}`);

  test('have what each touch takes beyond the plain one', () => {
    const chmod: BenchCase = { workload: 'touch', touch: 'chmod', ...place };
    const samples = [
      sample('overlay2', touch, 'plain', 0, 1_000_000),
      sample('overlay2', touch, 'first', 0, 4_000_000),
      sample('overlay2', touch, 'second', 0, 9_000_000),
    ];
    const skips = [{ target: 'overlay2', case: caseId(chmod), reason: 'It is not allowed.' }];
    const [table = ''] = tables(resultOf([touch, chmod], samples, skips));
    expect(table).toContain('16 MiB, 16 layers, 16 directories down');
    expect(lineOf(table, 'append')).toBe('append | 3.00 ms [3.00, 3.00]');
    expect(lineOf(table, 'chmod')).toBe('chmod | skipped');
  });

  test('have what sparse files take on the disk, in the container and in a plain directory', () => {
    const samples = [
      sample('overlay2', sparse, 'plain', 0, 1_000_000, { bytes: 12_288 }),
      sample('overlay2', sparse, 'first', 0, 2_000_000, { bytes: 16 * MIB }),
    ];
    const [table = ''] = tables(resultOf([sparse], samples));
    expect(lineOf(table, '16 MiB, append')).toBe('16 MiB, append | 1.00 ms [1.00, 1.00]');
    expect(lineOf(table, '16 MiB, on the disk then')).toBe('16 MiB, on the disk then | 16 MiB');
    expect(lineOf(table, '16 MiB, in a plain directory')).toBe('16 MiB, in a plain directory | 12 KiB');
  });

  test('have what several appends at once take of as many alone', () => {
    const samples = [
      sample('overlay2', atOnce(1), 'plain', 0, 1_000_000),
      sample('overlay2', atOnce(1), 'first', 0, 10_000_000),
      sample('overlay2', atOnce(4), 'plain', 0, 2_000_000),
      sample('overlay2', atOnce(4), 'first', 0, 24_000_000),
    ];
    const [table = ''] = tables(resultOf([atOnce(1), atOnce(4)], samples));
    expect(lineOf(table, '1 at once')).toBe('1 at once | 9.00 ms [9.00, 9.00]');
    expect(lineOf(table, '4 at once |')).toBe('4 at once | 22.0 ms [22.0, 22.0]');
    expect(lineOf(table, '4 at once, of 4 alone')).toBe('4 at once, of 4 alone | 60 %');
  });

  test('put file systems that share blocks beside those that do not, driver by driver', () => {
    const labels = ['overlay2 on ext4', 'overlay2 on xfs', 'vfs on xfs'];
    const samples = labels.flatMap((label, index) => [
      sample(label, touch, 'plain', 0, 1_000_000),
      sample(label, touch, 'first', 0, 1_000_000 * (12 - 10 * index)),
    ]);
    const result = resultOf([touch], samples);
    const targets = result.targets.map((target) => ({
      ...target,
      driver: target.label.split(' ')[0] ?? '',
      filesystem: { ...target.filesystem, name: target.label.split(' ').at(-1) ?? '' },
      reflinks: target.label.endsWith('xfs'),
    }));
    const shared = tables({ ...result, targets }).at(-1) ?? '';
    expect(lineOf(shared, 'overlay2')).toBe('overlay2 | ext4 11.0 ms [11.0, 11.0] | xfs 1.00 ms [1.00, 1.00]');
    expect(lineOf(shared, 'vfs')).toBeUndefined();
    // An earlier release did not say who shares blocks.
    expect(tables(result)).toHaveLength(1);
  });
});

describe('touches in other tables', () => {
  test('are told by their kinds where many were skipped', () => {
    const touches = (['append', 'chmod', 'chown', 'link'] as const).map((kind): BenchCase => {
      return { workload: 'touch', touch: kind, ...place };
    });
    const skips = [...touches, life].map((of) => ({ target: 'vfs', case: caseId(of), reason: 'Too much.' }));
    expect(renderSkips({ skips })).toBe(
      `vfs: 4 of touch (append, chmod, chown, link; 16MiB/layers-16/directories-16), ${caseId(life)}: Too much.\n`,
    );
  });

  test('are lines of the CSV that say what they are, and at which cell of the grid', () => {
    const csv = renderCsv(
      resultOf([touch], [sample('vfs', touch, 'plain', 0, 5), sample('vfs', touch, 'first', 0, 7)]),
    );
    expect(csv.split('\n')[1]).toMatch(
      /^vfs,vfs,ext4,false,touch,16777216,16,16,home,warm,append,.*,extra,ns,1,2,2,2$/,
    );
  });
});
