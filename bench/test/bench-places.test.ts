import { readdir } from 'node:fs/promises';
import { filesystemOf, mountsUnder, run } from '@graphdriver/host';
import { loopFilesystemReason, machineLock, requireOrSkip, scratchRoot } from '@graphdriver/testkit';
import { describe, expect, test } from 'vitest';
import type { BenchCase } from '../src/bench-case.ts';
import { makePlaces, placeBytes } from '../src/bench-places.ts';
import { planBench } from '../src/plan-bench.ts';
import { standardTargets } from '../src/standard-targets.ts';

const GIB = 1024 ** 3;
const cell: BenchCase = {
  workload: 'copy_up',
  size: GIB,
  layers: 1,
  directories: 1,
  placement: 'home',
  cache: 'warm',
};
const source = (name: string) => ({
  source: { specifier: import.meta.resolve(`@graphdriver/driver-${name}`), export: name },
});

describe('makePlaces', async () => {
  const reason = requireOrSkip('overlay2', (await loopFilesystemReason('xfs')) ?? (await loopFilesystemReason('ext4')));

  test.skipIf(reason !== null)(
    `finds or makes a place on each file system, and leaves nothing behind${reason === null ? '' : ` (${reason})`}`,
    async () => {
      await using _lock = await machineLock();
      await using scratch = await scratchRoot('graphdriver-bench-places-', '/var/tmp');
      {
        await using made = await makePlaces(['ext4', 'xfs'], { directory: scratch.path, size: GIB });
        expect(made.missing).toEqual([]);
        expect(made.places.map(({ directory }) => filesystemOf(directory).name)).toEqual(['ext4', 'xfs']);
        const { stdout } = await run('losetup', ['--list', '--noheadings', '--output', 'BACK-FILE,DIO']);
        const ours = stdout.split('\n').filter((line) => line.startsWith(scratch.path));
        expect(ours.length).toBeGreaterThan(0);
        expect(ours.every((line) => line.trim().endsWith('1'))).toBe(true);

        const targets = await standardTargets([source('overlay2'), source('vfs')], made.places);
        expect(targets.map(({ label }) => label)).toEqual([
          'overlay2 on ext4',
          'overlay2 volatile on ext4',
          'overlay2 on xfs',
          'vfs on ext4',
          'vfs on xfs',
        ]);
        const plans = await planBench(targets, [cell]);
        expect(plans.map(({ skips, groups }) => skips.length + groups.length)).toEqual([1, 1, 1, 1, 1]);
        for (const { directory } of targets) {
          const names = await readdir(directory);
          expect(names.filter((name) => name.startsWith('graphdriver-bench'))).toEqual([]);
        }
      }
      expect(mountsUnder(scratch.path)).toEqual([]);
      expect(await readdir(scratch.path)).toEqual([]);
    },
  );

  test('says why a file system that does not fit is missing', async () => {
    await using scratch = await scratchRoot('graphdriver-bench-places-');
    const other = filesystemOf(scratch.path).name === 'xfs' ? 'btrfs' : 'xfs';
    await using made = await makePlaces([other], { directory: scratch.path, size: 2 ** 60 });
    expect(made.places).toEqual([]);
    expect(made.missing.map(({ label }) => label)).toEqual([other]);
  });

  test('ends with ABORTED by its signal', async () => {
    await using scratch = await scratchRoot('graphdriver-bench-places-');
    const options = { directory: scratch.path, size: GIB, signal: AbortSignal.abort() };
    await expect(makePlaces(['xfs'], options)).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await readdir(scratch.path)).toEqual([]);
  });
});

describe('placeBytes', () => {
  test('has room for two copies of the grid and for what a case may write', () => {
    expect(placeBytes([], 0)).toBe(2 * GIB);
    expect(placeBytes([cell, { ...cell, layers: 16 }, { ...cell, directories: 2 }], GIB)).toBe((4 + 1 + 2) * GIB);
  });
});
