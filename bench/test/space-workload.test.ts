import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loopFilesystem, machineLock, privilegeReason, requireOrSkip } from '@graphdriver/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { caseId, OPERATIONS, type Operation, type SpaceCase } from '../src/bench-case.ts';
import { deviceCounter } from '../src/device-counter.ts';
import { formatResult, parseResult } from '../src/result-file.ts';
import { runBench } from '../src/run-bench.ts';
import { spaceAmounts } from '../src/space-amounts.ts';
import { samplesIn } from '../src/summaries.ts';

const MIB = 1024 ** 2;

describe('the space workload', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bench-space-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  test('has all its steps in the life of each container, and the size of the container while there is one', async () => {
    const of: SpaceCase = { workload: 'space', files: 2, fileSize: 8192, append: 4096 };
    const source = { specifier: new URL('./fixture-drivers.mjs', import.meta.url).href, export: 'directory' };
    const result = await runBench([{ label: 'a', source, directory }], [of], { rounds: 1, mostSamples: 2 });
    expect(result).toMatchObject({ complete: true, skips: [] });
    const samples = samplesIn(result, 'a', caseId(of));
    expect(samples.map(({ operation }) => operation)).toEqual([...OPERATIONS.space, ...OPERATIONS.space]);
    const sized = samples.filter(({ bytes }) => bytes !== undefined).map(({ operation }) => operation);
    const whileThere = OPERATIONS.space.filter((step) => !['idle', 'plain', 'remove'].includes(step));
    expect(sized).toEqual([...whileThere, ...whileThere]);
    const counted = deviceCounter(directory) !== null;
    for (const { allocated, deviceBytes } of samples) {
      expect(Number.isSafeInteger(allocated)).toBe(true);
      expect(deviceBytes !== undefined).toBe(counted);
    }
    expect(parseResult(formatResult(result), 'it')).toEqual(result);
    expect(await readdir(directory)).toEqual([]);
  });
});

describe.each(['overlay2', 'vfs'])('space on %s', (name) => {
  const reason = requireOrSkip(name, privilegeReason());

  test.skipIf(reason !== null)(
    `is taken, and written to the device, where the driver copies${reason === null ? '' : ` (${reason})`}`,
    async () => {
      await using _lock = await machineLock();
      await using loop = await loopFilesystem({ type: 'ext4', size: 512 * MIB, directIo: true });
      const of: SpaceCase = { workload: 'space', files: 4, fileSize: 2 * MIB, append: 4096 };
      const source = { specifier: import.meta.resolve(`@graphdriver/driver-${name}`), export: name };
      const result = await runBench([{ label: name, source, directory: loop.path }], [of], { rounds: 1 });
      expect(result).toMatchObject({ complete: true, skips: [] });

      const amounts = new Map(spaceAmounts(result, name, of).map((amount) => [amount.operation, amount]));
      const written = (step: Operation): number => amounts.get(step)?.deviceBytes?.median ?? Number.NaN;
      const allocated = (step: Operation): number => amounts.get(step)?.allocated?.median ?? Number.NaN;
      const copiesAtCreate = result.targets[0]?.capabilities?.copyOnWrite === 'none';
      const [copying, other] = copiesAtCreate ? (['create', 'first'] as const) : (['first', 'create'] as const);
      const copied = copiesAtCreate ? 8 * MIB : 2 * MIB;
      expect(written(copying)).toBeGreaterThanOrEqual(copied);
      expect(written(copying)).toBeLessThan(copied + 2 * MIB);
      expect(written(other)).toBeLessThan(MIB);
      expect(written('plain')).toBeGreaterThanOrEqual(of.append);
      expect(written('second')).toBeLessThan(MIB / 2);
      expect(written('idle')).toBeLessThanOrEqual(written('plain'));
      expect(allocated('second')).toBeGreaterThanOrEqual(copied);
      expect(allocated('truncate')).toBeLessThanOrEqual(allocated('second') - MIB);
      expect(allocated('unlink')).toBeLessThan(allocated('truncate') - MIB / 2);
      expect(Math.abs(allocated('remove'))).toBeLessThan(MIB / 4);
      expect(amounts.get('second')?.bytes?.median).toBeGreaterThanOrEqual(copied);
      expect(amounts.get('first')?.amplification?.median).toBeCloseTo(written('first') / of.append);
    },
  );
});
