import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { readResult } from '@graphdriver/bench';
import { startProcess } from '@graphdriver/host';
import { machineLock, privilegeReason, requireOrSkip, scratchRoot } from '@graphdriver/testkit';
import { describe, expect, it } from 'vitest';
import { program, runProgram } from './command-line.ts';

const reason = requireOrSkip('overlay2', privilegeReason());
const suffix = reason === null ? '' : ` (${reason})`;

/** Little to measure, on two drivers. */
const SMALL = [
  ...['--targets', 'overlay2,vfs', '--sizes', '4KiB', '--layers', '1', '--directories', '1'],
  ...['--samples', '2', '--only', 'copy-up'],
];

describe('graphdriver bench run --resume', () => {
  it.skipIf(reason !== null)(`goes on after a kill with what each round has kept${suffix}`, async () => {
    await using _lock = await machineLock();
    await using scratch = await scratchRoot('graphdriver-cli-resume-');
    const file = `${scratch.path}/result.json`;
    const place = `${scratch.path}/place`;
    const args = ['bench', 'run', ...SMALL, '--directory', place, '--out', file, '--rounds', '400', '--seed', '7'];
    const child = startProcess(process.execPath, [program, ...args]);
    child.stdout?.resume();
    child.stderr?.resume();
    await expect.poll(() => existsSync(file), { timeout: 60_000, interval: 5 }).toBe(true);
    // It alone, and not with it the processes that clear up after it.
    process.kill(child.pid ?? expect.fail('It has started.'), 'SIGKILL');
    await child.ended;
    const kept = await readResult(file);
    expect(kept).toMatchObject({ complete: false, seed: 7, configuration: { mostSamples: 2 } });
    expect(kept.samples.length).toBeGreaterThan(0);
    const rounds = Math.max(...kept.order.map(({ round }) => round)) + 2;

    const ended = await runProgram(['bench', 'run', '--resume', file, '--rounds', String(rounds)]);
    expect(ended).toMatchObject({ code: 0 });
    const whole = await readResult(file);
    expect(whole).toMatchObject({ complete: true, rounds, seed: 7, startedAt: kept.startedAt, skips: [] });
    expect(whole.samples.slice(0, kept.samples.length)).toEqual(kept.samples);
    expect(whole.samples).toHaveLength(2 * rounds * Object.keys(whole.cases).length * 3 * 2);
    expect((await runProgram(['bench', 'validate', file])).code).toBe(0);
    await expect.poll(() => readdir(place), { timeout: 60_000 }).toEqual([]);
  });

  it.skipIf(reason !== null)(
    `refuses another seed, other cases and other targets, and keeps the file${suffix}`,
    async () => {
      await using _lock = await machineLock();
      await using scratch = await scratchRoot('graphdriver-cli-resume-');
      const file = `${scratch.path}/result.json`;
      const place = `${scratch.path}/place`;
      expect(
        (await runProgram(['bench', 'run', ...SMALL, '--directory', place, '--out', file, '--rounds', '1'])).code,
      ).toBe(0);
      const before = readFileSync(file, 'utf8');
      for (const other of [
        ['--seed', '2'],
        ['--only', 'lifecycle'],
        ['--targets', 'vfs', '--directory', place],
        ['--directory', `${scratch.path}/elsewhere`],
        ['--samples', '3'],
      ]) {
        expect((await runProgram(['bench', 'run', '--resume', file, ...other])).code, other.join(' ')).toBe(3);
      }
      expect((await runProgram(['bench', 'run', '--resume', `${file}.not`])).code).toBe(4);
      expect((await runProgram(['bench', 'run', '--resume', file, '--plan'])).code).toBe(2);
      expect(readFileSync(file, 'utf8')).toBe(before);
    },
  );
});

describe('graphdriver bench run --only space', () => {
  it.skipIf(reason !== null)(`counts on a file system in a file, whatever the folder is on${suffix}`, async () => {
    await using _lock = await machineLock();
    await using scratch = await scratchRoot('graphdriver-cli-space-');
    const file = `${scratch.path}/space.json`;
    const args = [
      '--only',
      'space',
      '--targets',
      'overlay2',
      '--on',
      'ext4',
      '--rounds',
      '1',
      '--scratch',
      scratch.path,
    ];
    const ended = await runProgram(['bench', 'run', ...args, '--out', file]);
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout).toContain('Written to the device');
    const { samples, targets } = await readResult(file);
    expect(targets[0]?.filesystem.source).toMatch(/^\/dev\/loop\d+$/);
    const first = samples.find(({ operation }) => operation === 'first');
    expect(first?.deviceBytes).toBeGreaterThan(1024 ** 2);
    expect((await readdir(scratch.path)).toSorted()).toEqual(['space.json']);
  });
});

describe('graphdriver bench schema', () => {
  it('prints what is published', async () => {
    const published = new URL('../../../docs/benchmarks/result.schema.json', import.meta.url);
    const { code, stdout } = await runProgram(['bench', 'schema']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(readFileSync(published, 'utf8')));
  });
});
