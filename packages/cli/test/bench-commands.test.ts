import { readdir } from 'node:fs/promises';
import { readResult, renderResult } from '@graphdriver/bench';
import { mountsUnder, startProcess } from '@graphdriver/host';
import { machineLock, privilegeReason, requireOrSkip, scratchRoot } from '@graphdriver/testkit';
import { describe, expect, it } from 'vitest';
import { program, runProgram } from './command-line.ts';

const reason = requireOrSkip('overlay2', privilegeReason());
const suffix = reason === null ? '' : ` (${reason})`;

/** The smallest grid that there is, on one driver. */
const SMALL = ['--targets', 'overlay2', '--sizes', '4KiB,1MiB', '--layers', '1,3', '--directories', '1'];

describe('graphdriver bench run', () => {
  it.skipIf(reason !== null)(`measures, prints tables, and keeps all samples in a file${suffix}`, async () => {
    await using _lock = await machineLock();
    await using scratch = await scratchRoot('graphdriver-cli-bench-');
    const file = `${scratch.path}/result.json`;
    const place = `${scratch.path}/place`;
    const ended = await runProgram([
      ...['bench', 'run', ...SMALL, '--directory', place, '--out', file],
      ...['--rounds', '1', '--samples', '2', '--only', 'copy-up'],
    ]);
    expect(ended).toMatchObject({ code: 0 });
    const result = await readResult(file);
    expect(result).toMatchObject({ complete: true, rounds: 1, skips: [] });
    expect(result.samples).toHaveLength(Object.keys(result.cases).length * 3 * 2);
    expect(ended.stdout).toBe(renderResult(result));
    expect((await runProgram(['bench', 'show', file])).stdout).toBe(ended.stdout);
    expect(await readdir(place)).toEqual([]);
  });

  it.skipIf(reason !== null)(`says with --plan what it would do, and does nothing${suffix}`, async () => {
    await using scratch = await scratchRoot('graphdriver-cli-bench-');
    const args = ['bench', 'run', '--plan', ...SMALL, '--directory', scratch.path];
    expect((await runProgram(args)).stdout).toContain('overlay2 on');
    const plan: unknown = JSON.parse((await runProgram(['--json', ...args])).stdout);
    expect(plan).toMatchObject({ milliseconds: expect.any(Number), targets: [{ skips: [] }] });
    expect(await readdir(scratch.path)).toEqual([]);
  });

  it.skipIf(reason !== null)(`takes other programs into the run, and knows which there are${suffix}`, async () => {
    await using scratch = await scratchRoot('graphdriver-cli-bench-');
    const args = ['--json', 'bench', 'run', '--plan', ...SMALL, '--directory', scratch.path];
    const peers = ['--peer', 'fuse-overlayfs', '--peer', 'containers-storage:vfs'];
    const plan: unknown = JSON.parse((await runProgram([...args, ...peers])).stdout);
    expect(plan).toMatchObject({
      targets: ['overlay2', 'fuse-overlayfs', 'containers-storage:vfs'].map((name) => ({
        label: `${name} on ${scratch.path}`,
      })),
    });
    expect((await runProgram([...args, '--peer', 'docker:zfs'])).code).toBe(3);
    expect(await readdir(scratch.path)).toEqual([]);
  });

  it.skipIf(reason !== null).each(['SIGINT', 'SIGTERM'] as const)(
    `ends early by %s with a valid file of what it has, and leaves nothing behind${suffix}`,
    async (signal) => {
      await using _lock = await machineLock();
      await using scratch = await scratchRoot('graphdriver-cli-bench-');
      const file = `${scratch.path}/result.json`;
      const place = `${scratch.path}/place`;
      const args = ['bench', 'run', ...SMALL, '--directory', place, '--on', 'xfs', '--out', file, '--rounds', '400'];
      const child = startProcess(process.execPath, [program, ...args, '--scratch', scratch.path]);
      child.stdout?.resume();
      child.stderr?.resume();
      // A container is mounted: the second process is at work.
      const inContainer = (): boolean =>
        mountsUnder(scratch.path).some(({ mountPoint }) => mountPoint.includes('/container-'));
      await expect.poll(inContainer, { timeout: 60_000, interval: 5 }).toBe(true);
      child.kill(signal);
      expect(await child.ended).toMatchObject({ exitCode: 130 });
      expect(await readResult(file)).toMatchObject({ complete: false, rounds: 400 });
      expect(mountsUnder(scratch.path)).toEqual([]);
      expect(await readdir(place)).toEqual([]);
      expect((await readdir(scratch.path)).toSorted()).toEqual(['place', 'result.json']);
    },
  );

  it('refuses what is no target, file system, size or table with 2', async () => {
    for (const wrong of [
      ['--targets', 'overlay2+fast'],
      ['--on', 'ntfs'],
      ['--sizes', '4 furlongs'],
      ['--layers', '0'],
      ['--only', 'everything'],
      ['--placements', 'some'],
      ['--rounds', '0'],
      ['--quick', '--full'],
    ]) {
      expect((await runProgram(['bench', 'run', '--plan', ...wrong])).code, wrong.join(' ')).toBe(2);
    }
  });
});

describe('graphdriver bench show', () => {
  it('ends with 4 where there is no such file, and with 2 for a table that nobody knows', async () => {
    expect((await runProgram(['bench', 'show', '/no/such/file.json'])).code).toBe(4);
    expect((await runProgram(['bench', 'show', 'x', '--table', 'y'])).code).toBe(2);
  });
});
