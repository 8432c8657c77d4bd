import { readdir } from 'node:fs/promises';
import { readResult, renderResult } from '@graphdriver/bench';
import { mountsUnder, startProcess } from '@graphdriver/host';
import { machineLock, privilegeReason, requireOrSkip, scratchRoot } from '@graphdriver/testkit';
import { describe, expect, it } from 'vitest';
import { program, runProgram } from './command-line.ts';

const reason = requireOrSkip('overlay2', privilegeReason());
const suffix = reason === null ? '' : ` (${reason})`;

/** The smallest grid that there is, on one driver. */
const GRID = ['--sizes', '4KiB,1MiB', '--layers', '1,3', '--directories', '1', '--only', 'copy-up'];
const SMALL = ['--targets', 'overlay2', ...GRID];

describe('graphdriver bench run', () => {
  it.skipIf(reason !== null)(`measures, prints tables, and keeps all samples in a file${suffix}`, async () => {
    await using _lock = await machineLock();
    await using scratch = await scratchRoot('graphdriver-cli-bench-');
    const file = `${scratch.path}/result.json`;
    const place = `${scratch.path}/place`;
    const ended = await runProgram([
      ...['bench', 'run', ...SMALL, '--directory', place, '--out', file],
      ...['--rounds', '1', '--samples', '2'],
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

  it.skipIf(reason !== null)(`measures in one place alone what is named with it${suffix}`, async () => {
    await using scratch = await scratchRoot('graphdriver-cli-bench-');
    const [here, there] = [`${scratch.path}/a@b`, `${scratch.path}/c`] as const;
    const args = ['--json', 'bench', 'run', '--plan', '--quick', '--directory', here, '--directory', there];
    const targets = [
      '--targets',
      `overlay2@${here},overlay2+volatile@${there},vfs`,
      '--peer',
      `fuse-overlayfs@${there}`,
    ];
    const plan: unknown = JSON.parse((await runProgram([...args, ...targets])).stdout);
    const labels = [
      `overlay2 on ${here}`,
      `overlay2 volatile on ${there}`,
      `vfs on ${here}`,
      `vfs on ${there}`,
      `fuse-overlayfs on ${there}`,
    ];
    expect(plan).toMatchObject({ targets: labels.map((label) => ({ label })) });
    const nowhere = await runProgram([...args, '--targets', 'overlay2@/elsewhere']);
    expect(nowhere).toMatchObject({ code: 3, stderr: expect.stringContaining(here) });
    expect((await runProgram([...args, '--targets', 'overlay2@'])).code).toBe(2);
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

  it.skipIf(reason !== null)(
    `measures programs in mounts and many containers where they are named${suffix}`,
    async () => {
      await using scratch = await scratchRoot('graphdriver-cli-bench-');
      const args = ['--json', 'bench', 'run', '--plan', '--targets', 'overlay2', '--directory', scratch.path];
      const casesOf = async (...more: string[]): Promise<readonly string[]> => {
        const plan: unknown = JSON.parse((await runProgram([...args, ...more])).stdout);
        // The schema of the command is tested elsewhere.
        const [target] = (plan as { targets: { cases: { workload: string; containers?: number }[] }[] }).targets;
        return (target?.cases ?? []).map(({ workload, containers = '' }) => `${workload} ${containers}`.trim());
      };
      expect(new Set(await casesOf('--only', 'inside,many'))).toEqual(
        new Set(['inside', 'many 1', 'many 10', 'many 100', 'chain']),
      );
      expect(await casesOf('--only', 'many', '--containers', '2,1000')).toEqual(
        expect.arrayContaining(['many 2', 'many 1000', 'chain']),
      );
      expect(await runProgram([...args, '--quick', '--only', 'many'])).toMatchObject({ code: 3 });
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
      ['--containers', '0'],
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
