import { readdir } from 'node:fs/promises';
import { mountsUnder } from '@graphdriver/host';
import { machineLock, privilegeReason, requireOrSkip, scratchRoot } from '@graphdriver/testkit';
import { describe, expect, test } from 'vitest';
import { type BenchCase, caseId, OPERATIONS, TOUCHES } from '../src/bench-case.ts';
import { coldCacheReason } from '../src/cold-cache.ts';
import { gridCases, INSIDE } from '../src/grid-cases.ts';
import { missingCommand } from '../src/inside/inside-program.ts';
import { INSIDE_PROGRAMS } from '../src/inside/inside-programs.ts';
import { formatResult, parseResult } from '../src/result-file.ts';
import { runBench } from '../src/run-bench.ts';
import { extraOverPlain, samplesOf } from '../src/summaries.ts';

const shape = { workload: 'copy_up', placement: 'home', cache: 'warm' } as const;
const copyUp: BenchCase = { ...shape, size: 64 * 1024, layers: 2, directories: 3 };
const life: BenchCase = { workload: 'lifecycle', files: 4, fileSize: 1024 };

describe.each(['overlay2', 'vfs'])('the workloads on %s', (name) => {
  const reason = requireOrSkip(name, privilegeReason());

  test.skipIf(reason !== null)(
    `take all their samples and leave nothing behind${reason === null ? '' : ` (${reason})`}`,
    async () => {
      await using _lock = await machineLock();
      await using scratch = await scratchRoot('graphdriver-bench-test-');
      const source = { specifier: import.meta.resolve(`@graphdriver/driver-${name}`), export: name };
      const result = await runBench([{ label: name, source, directory: scratch.path }], [copyUp, life], { rounds: 1 });

      expect(result).toMatchObject({ complete: true, skips: [] });
      expect(extraOverPlain(result, name, caseId(copyUp))).toHaveLength(8);
      for (const operation of ['create', 'get', 'put', 'remove'] as const) {
        expect(samplesOf(result, name, caseId(life), operation)).toHaveLength(8);
      }
      expect(parseResult(formatResult(result), 'it')).toEqual(result);
      expect(mountsUnder(scratch.path)).toEqual([]);
      expect(await readdir(scratch.path)).toEqual([]);
    },
  );

  test.skipIf(reason !== null)(
    `measure a grid, archives and a container's life${reason === null ? '' : ` (${reason})`}`,
    async () => {
      await using _lock = await machineLock();
      await using scratch = await scratchRoot('graphdriver-bench-test-');
      const source = { specifier: import.meta.resolve(`@graphdriver/driver-${name}`), export: name };
      const cells = gridCases({
        sizes: [4096, 1024 ** 2],
        layers: [1, 5],
        directories: [1, 4],
        placements: ['home', 'every'],
        caches: coldCacheReason(scratch.path) === null ? ['warm', 'cold'] : ['warm'],
      });
      const beside: BenchCase[] = [
        { workload: 'apply', files: 40, fileSize: 3000 },
        { workload: 'difference', files: 40, fileSize: 3000, changed: 4 },
        { workload: 'where', files: 2, fileSize: 1024 ** 2 },
      ];
      const place = { size: 1024 ** 2, layers: 3, directories: 2 };
      const around: BenchCase[] = [
        ...TOUCHES.map((touch): BenchCase => ({ workload: 'touch', touch, ...place })),
        { workload: 'sparse', ...place, size: 4 * 1024 ** 2 },
        { workload: 'concurrency', writers: 3, ...place },
      ];
      const cases = [...cells, ...around, ...beside];
      const result = await runBench([{ label: name, source, directory: scratch.path }], cases, {
        rounds: 1,
        mostSamples: 2,
      });

      expect(result).toMatchObject({ complete: true, skips: [] });
      for (const of of cases) {
        for (const operation of OPERATIONS[of.workload])
          expect(samplesOf(result, name, caseId(of), operation), `${caseId(of)} ${operation}`).toHaveLength(2);
      }
      expect(await readdir(scratch.path)).toEqual([]);
      // Neither driver fills holes, but for what is left of a chunk: the kernel's overlay copies a MiB before it looks for the next.
      const sparse = result.samples.filter((sample) => sample.case.startsWith('sparse/') && sample.bytes !== undefined);
      expect(sparse.map(({ operation }) => operation)).toEqual(['plain', 'first', 'plain', 'first']);
      for (const { bytes } of sparse) expect(bytes).toBeLessThan(1.5 * 1024 ** 2);
      // What the first write copies is on the disk after it; a driver that copies at create has it there already.
      const disk = (operation: 'create' | 'first'): number =>
        result.samples.find(
          (sample) => sample.case.startsWith('where/') && sample.operation === operation && sample.bytes !== undefined,
        )?.bytes ?? 0;
      expect(disk('first')).toBeGreaterThanOrEqual(1024 ** 2);
      if (result.targets[0]?.capabilities?.copyOnWrite === 'file') expect(disk('create')).toBeLessThan(64 * 1024);
    },
  );

  test.skipIf(reason !== null)(
    `let programs do in a mount what they do elsewhere, many containers start, and chains grow${reason === null ? '' : ` (${reason})`}`,
    async () => {
      await using _lock = await machineLock();
      await using scratch = await scratchRoot('graphdriver-bench-test-');
      const source = { specifier: import.meta.resolve(`@graphdriver/driver-${name}`), export: name };
      const programs = INSIDE.filter(({ work }) => missingCommand(INSIDE_PROGRAMS[work]) === null).map(
        (of): BenchCase => ({ ...of, amount: of.work === 'sqlite' ? 3 : of.work === 'compile' ? 5 : 60 }),
      );
      const many = [1, 3].map((atOnce): BenchCase => ({ workload: 'many', containers: 6, atOnce }));
      const chain: BenchCase = { workload: 'chain', layers: 5, written: 1024 ** 2 };
      const cases = [...programs, ...many, chain];
      const result = await runBench([{ label: name, source, directory: scratch.path }], cases, {
        rounds: 1,
        mostSamples: 1,
      });

      expect(result).toMatchObject({ complete: true, skips: [] });
      for (const of of cases) {
        for (const operation of OPERATIONS[of.workload])
          expect(samplesOf(result, name, caseId(of), operation), `${caseId(of)} ${operation}`).toHaveLength(
            operation === 'start' ? 6 : 1,
          );
      }
      expect(mountsUnder(scratch.path)).toEqual([]);
      expect(await readdir(scratch.path)).toEqual([]);
    },
  );

  test.skipIf(reason !== null)(
    `copy a file before its first write exactly where copy-on-write is promised by file${reason === null ? '' : ` (${reason})`}`,
    async () => {
      await using _lock = await machineLock();
      await using scratch = await scratchRoot('graphdriver-bench-test-');
      const source = { specifier: import.meta.resolve(`@graphdriver/driver-${name}`), export: name };
      const large: BenchCase = { ...shape, size: 32 * 1024 ** 2, layers: 1, directories: 0 };
      const result = await runBench([{ label: name, source, directory: scratch.path }], [large], { rounds: 2 });

      const extras = extraOverPlain(result, name, caseId(large)).sort((a, b) => a - b);
      const median = extras[Math.floor(extras.length / 2)] ?? Number.NaN;
      const { copyOnWrite } = result.targets[0]?.capabilities ?? {};
      // Copying 32 MiB takes more than 2 ms on anything without reflinks; an append to a copy made before takes some 0.05 ms.
      const reflinks = ['xfs', 'btrfs'].includes(result.targets[0]?.filesystem.name ?? '');
      if (copyOnWrite === 'file' && !reflinks) expect(median).toBeGreaterThan(2e6);
      else expect(Math.abs(median)).toBeLessThan(2e6);
    },
  );
});
