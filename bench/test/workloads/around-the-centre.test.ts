import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BenchCase, caseId, type Operation, TOUCHES } from '../../src/bench-case.ts';
import type { BenchResult } from '../../src/bench-result.ts';
import type { BenchTarget } from '../../src/bench-target.ts';
import { formatResult, parseResult } from '../../src/result-file.ts';
import { runBench } from '../../src/run-bench.ts';
import { samplesOf } from '../../src/summaries.ts';

const KIB = 1024;
const place = { size: 64 * KIB, layers: 2, directories: 3 };
const touches = TOUCHES.map((touch): BenchCase => ({ workload: 'touch', touch, ...place }));
const sparse: BenchCase = { workload: 'sparse', ...place, size: 1024 * KIB };
const atOnce = (writers: number): BenchCase => ({ workload: 'concurrency', writers, ...place });

describe('what is measured around the centre', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bench-around-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const target = (name: string): BenchTarget => ({
    label: name,
    source: { specifier: new URL('../fixture-drivers.mjs', import.meta.url).href, export: name },
    directory,
  });

  test('is taken with all its samples in one image, and leaves nothing behind', async () => {
    const cases = [...touches, sparse, atOnce(1), atOnce(3)];
    const result = await runBench([target('directory')], cases, { rounds: 1, mostSamples: 2 });
    expect(result).toMatchObject({ complete: true, skips: [] });
    for (const of of cases) {
      for (const operation of ['plain', 'first', 'second'] as const)
        expect(samplesOf(result, 'directory', caseId(of), operation), `${caseId(of)} ${operation}`).toHaveLength(2);
    }
    expect(result.targets[0]?.reflinks).toBeTypeOf('boolean');
    expect(parseResult(formatResult(result), 'it')).toEqual(result);
    expect(await readdir(directory)).toEqual([]);
  });

  test('is the driver and not the harness: 5 ms more for each first touch are 5 ms, and none are none', async () => {
    const result = await runBench([target('directory'), target('delayingAll')], touches, { rounds: 2, mostSamples: 4 });
    expect(result.skips).toEqual([]);
    for (const of of touches) {
      expect(least(result, 'delayingAll', of, 'first'), caseId(of)).toBeGreaterThanOrEqual(5e6);
      // What frees blocks waits for a journal that others write to.
      if (of.workload === 'touch' && ['truncate', 'empty'].includes(of.touch)) continue;
      expect(Math.abs(extra(result, 'directory', of)), caseId(of)).toBeLessThan(1e6);
      expect(Math.abs(extra(result, 'delayingAll', of) - 5e6), caseId(of)).toBeLessThan(1e6);
      expect(least(result, 'delayingAll', of, 'second'), caseId(of)).toBeLessThan(4e6);
    }
  });

  test.each([
    ['driver', 'refusing'],
    ['file system', 'linkless'],
  ])('is skipped with its reason where the %s refuses it, and the rest is measured', async (_, name) => {
    const result = await runBench([target(name)], touches, { rounds: 1, mostSamples: 1 });
    expect(result.skips.map((skip) => skip.case)).toEqual(['touch/link/64KiB/layers-2/directories-3']);
    expect(result.skips[0]?.reason).toContain('PERMISSION_DENIED');
    expect(new Set(result.samples.map((sample) => sample.case)).size).toBe(touches.length - 1);
    expect(await readdir(directory)).toEqual([]);
  });

  test('tells by what a sparse file takes whether its holes were filled', async () => {
    const result = await runBench([target('filling')], [sparse], { rounds: 1, mostSamples: 2 });
    const bytes = (operation: Operation): (number | undefined)[] =>
      result.samples.filter((sample) => sample.operation === operation).map((sample) => sample.bytes);
    for (const filled of bytes('first')) expect(filled).toBeGreaterThanOrEqual(sparse.size);
    for (const plain of bytes('plain')) expect(plain).toBeLessThanOrEqual(64 * KIB);
    expect(bytes('second')).toEqual([undefined, undefined]);
  });

  test('lets several appends be in the kernel at once, and waits for the last of them', async () => {
    const result = await runBench([target('meeting')], [atOnce(4)], { rounds: 1, timeout: 20_000 });
    expect(result.skips).toEqual([]);
    // The reader takes 5 ms between one and the next; the plain files have no reader.
    expect(least(result, 'meeting', atOnce(4), 'first')).toBeGreaterThan(15e6);
    expect(least(result, 'meeting', atOnce(4), 'plain')).toBeLessThan(15e6);
  });

  test('takes no more for appends at once in a container than in a plain directory where the driver does nothing', async () => {
    const result = await runBench([target('directory')], [atOnce(1), atOnce(4)], { rounds: 3 });
    for (const of of [atOnce(1), atOnce(4)]) {
      expect(Math.abs(extra(result, 'directory', of)), caseId(of)).toBeLessThan(0.3e6);
    }
  });
});

/** The least of many readings is the one that nothing else on the machine came in between. */
function least(result: BenchResult, label: string, of: BenchCase, operation: Operation): number {
  return Math.min(...samplesOf(result, label, caseId(of), operation));
}

function extra(result: BenchResult, label: string, of: BenchCase): number {
  return least(result, label, of, 'first') - least(result, label, of, 'plain');
}
