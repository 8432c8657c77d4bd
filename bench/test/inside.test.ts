import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandPath } from '@graphdriver/host';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { caseId, INSIDE_UNITS, type InsideCase, type InsideWork } from '../src/bench-case.ts';
import type { BenchTarget } from '../src/bench-target.ts';
import { missingCommand } from '../src/inside/inside-program.ts';
import { INSIDE_PROGRAMS } from '../src/inside/inside-programs.ts';
import { sqliteRoute } from '../src/inside/sqlite-route.ts';
import { planBench } from '../src/plan-bench.ts';
import { formatResult, parseResult } from '../src/result-file.ts';
import { runBench } from '../src/run-bench.ts';
import { ratiosByRound, samplesOf } from '../src/summaries.ts';

const FIXTURES = {
  fixture: new URL('./fixture-drivers.mjs', import.meta.url).href,
  mount: new URL('./mount-drivers.mjs', import.meta.url).href,
} as const;

/** As little of each work as there can be. */
const SMALL: Readonly<Record<(typeof INSIDE_UNITS)[InsideWork], number>> = { files: 40, sources: 5, transactions: 3 };
// Object.keys forgets the type of the keys.
const WORKS = Object.keys(INSIDE_UNITS) as InsideWork[];
const smallCase = (work: InsideWork): InsideCase => ({ workload: 'inside', work, amount: SMALL[INSIDE_UNITS[work]] });

describe('programs in a mount', () => {
  let directory: string;
  const path = process.env['PATH'] ?? '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bench-inside-'));
  });
  afterEach(async () => {
    process.env['PATH'] = path;
    await rm(directory, { recursive: true });
  });

  const target = (name: string, file: keyof typeof FIXTURES): BenchTarget => {
    return { label: name, source: { specifier: FIXTURES[file], export: name }, directory: `${directory}/place` };
  };

  /** Puts a `chown` before the real one that takes so many seconds more in the mounts of drivers. */
  const slowChown = async (seconds: number): Promise<void> => {
    await mkdir(`${directory}/bin`);
    const script = `#!/bin/sh\ncase "$3" in */root/*) sleep ${seconds} ;; esac\nexec ${commandPath('chown')} "$@"\n`;
    await writeFile(`${directory}/bin/chown`, script, { mode: 0o755 });
    process.env['PATH'] = `${directory}/bin:${path}`;
  };

  test('are timed in a plain directory and in a container, do the same in both, and leave nothing behind', async () => {
    await mkdir(`${directory}/place`);
    const here = WORKS.filter((work) => missingCommand(INSIDE_PROGRAMS[work]) === null);
    const result = await runBench([target('directory', 'fixture')], WORKS.map(smallCase), {
      rounds: 1,
      mostSamples: 2,
    });
    expect(result.skips.map((skip) => skip.case)).toEqual(
      WORKS.filter((work) => !here.includes(work)).map((work) => caseId(smallCase(work))),
    );
    for (const work of here) {
      const id = caseId(smallCase(work));
      expect(samplesOf(result, 'directory', id, 'plain'), work).toHaveLength(2);
      expect(samplesOf(result, 'directory', id, 'first'), work).toHaveLength(2);
      expect(ratiosByRound(result, 'directory', id).flat(), work).toHaveLength(2);
    }
    expect(Object.keys(result.environment.tools ?? {})).toContain('find');
    expect(parseResult(formatResult(result), 'it')).toEqual(result);
    expect(await readdir(`${directory}/place`)).toEqual([]);
  });

  test('show what they take longer in a container, and nothing of what the benchmark does around them', async () => {
    await mkdir(`${directory}/place`);
    await slowChown(0.1);
    const result = await runBench([target('directory', 'fixture')], [smallCase('chown')], { rounds: 2 });
    const least = (operation: 'plain' | 'first'): number =>
      Math.min(...samplesOf(result, 'directory', caseId(smallCase('chown')), operation));
    expect(result.skips).toEqual([]);
    expect(least('plain')).toBeLessThan(90e6);
    expect(Math.abs(least('first') - least('plain') - 100e6)).toBeLessThan(50e6);
  });

  test('are ended with the run, and leave nothing behind', async () => {
    await mkdir(`${directory}/place`);
    await slowChown(30);
    const abort = new AbortController();
    const started = performance.now();
    const result = await runBench([target('directory', 'fixture')], [smallCase('chown')], {
      rounds: 1,
      signal: abort.signal,
      onProgress: ({ case: of }) => {
        if (of !== null) setTimeout(() => abort.abort(), 2_000);
      },
    });
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(result).toMatchObject({ complete: false, samples: [], skips: [] });
    expect(await readdir(`${directory}/place`)).toEqual([]);
  });

  test('fail where they have not done the same in the container as in the plain directory', async () => {
    await mkdir(`${directory}/place`);
    for (const work of ['find', 'tar', 'cp', 'chown'] as const) {
      const result = await runBench([target('careless', 'mount')], [smallCase(work)], { rounds: 1, mostSamples: 1 });
      expect(
        result.skips.map(({ reason }) => reason.includes('CORRUPT_LAYER')),
        work,
      ).toEqual([true]);
      expect(result.samples).toEqual([]);
    }
    expect(await readdir(`${directory}/place`)).toEqual([]);
  });

  test('are skipped with the reason where a command is missing', async () => {
    process.env['PATH'] = directory;
    const [plan] = await planBench(
      [{ ...target('directory', 'fixture'), directory }],
      [smallCase('checkout'), smallCase('cp')],
    );
    expect(plan?.skips.map(({ reason }) => reason)).toEqual(['There is no command git.', 'There is no command cp.']);
  });
});

describe('sqliteRoute', () => {
  test('takes Node’s own where this Node has it, and a command that is there otherwise', () => {
    for (const own of ['22.13.0', '24.1.0'])
      expect(sqliteRoute(own)).toMatchObject({ command: process.execPath, commands: [] });
    for (const older of ['20.19.0', '22.12.0']) expect(sqliteRoute(older).commands).toHaveLength(1);
  });
});
