import { describe, expect, test } from 'vitest';
import { type BenchCase, caseId } from '../src/bench-case.ts';
import type { SampleRecord } from '../src/bench-result.ts';
import { renderCopyUpTable, renderLifecycleTable, renderSkips } from '../src/render-table.ts';
import { extraOverPlain } from '../src/summaries.ts';
import { resultOf } from './result-fixture.ts';

const small: BenchCase = { workload: 'copy_up', size: 4096, layers: 1, directories: 16 };
const large: BenchCase = { workload: 'copy_up', size: 16 * 1024 ** 2, layers: 16, directories: 1 };
const life: BenchCase = { workload: 'lifecycle', files: 16, fileSize: 65536 };

function sample(
  target: string,
  of: BenchCase,
  operation: SampleRecord['operation'],
  index: number,
  nanoseconds: number,
): SampleRecord {
  return { target, case: caseId(of), operation, round: 0, index, nanoseconds };
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

describe('renderSkips', () => {
  test('tells a reason once', () => {
    const skips = [small, large].map((of) => ({ target: 'zfs', case: caseId(of), reason: 'It does not work there.' }));
    expect(renderSkips(resultOf([small, large], [], skips))).toBe(
      `zfs: ${caseId(small)}, ${caseId(large)}: It does not work there.\n`,
    );
  });
});
