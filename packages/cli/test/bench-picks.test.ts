import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPicks } from '@graphdriver/bench';
import { machineLock, privilegeReason, requireOrSkip } from '@graphdriver/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resultSchemas } from '../src/result-schemas.ts';
import { runProgram } from './command-line.ts';

const reason = requireOrSkip('overlay2', privilegeReason());

describe('graphdriver bench picks', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'graphdriver-cli-picks-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  test.skipIf(reason !== null)(
    `does the work, keeps all that was found, and prints it again${reason === null ? '' : ` (${reason})`}`,
    async () => {
      await using _lock = await machineLock();
      const out = join(directory, 'picks.json');
      const args = ['--driver', 'overlay2', 'bench', 'picks', '--only', 'dense', '--on', directory, '--no-measure'];
      const { code, stdout } = await runProgram([...args, '--rounds', '1', '--out', out]);
      expect(code).toBe(0);
      expect(stdout).toContain('1 of 1 picks are hits');
      expect(await readdir(directory)).toEqual(['picks.json']);
      const found = await readPicks(out);
      expect(found.runs.map(({ workload, driver }) => `${workload} ${driver}`)).toEqual(['dense overlay2']);

      const from = ['bench', 'picks', '--from', out];
      expect((await runProgram([...from, '--markdown'])).stdout).toContain('| dense');
      const printed: unknown = JSON.parse((await runProgram(['--json', ...from])).stdout);
      expect(printed).toEqual(found);
      expect(resultSchemas['bench picks']?.safeParse(printed).data).toEqual(printed);
      expect((await runProgram(['bench', 'validate', out])).code).toBe(0);
    },
  );

  test('takes a name that is no workload for wrong usage, and a missing file for not found', async () => {
    expect((await runProgram(['bench', 'picks', '--only', 'nothing', '--on', directory])).code).toBe(2);
    expect((await runProgram(['bench', 'picks', '--from', join(directory, 'missing.json')])).code).toBe(4);
  });

  test('ends with 3 where no driver works', async () => {
    expect((await runProgram(['bench', 'picks', '--on', '/proc'])).code).toBe(3);
  });
});
