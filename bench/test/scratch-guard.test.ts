import { existsSync, mkdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { mountsUnder, run, startProcess } from '@graphdriver/host';
import { privilegeReason, scratchRoot } from '@graphdriver/testkit';
import { describe, expect, test } from 'vitest';
import { guardScratch, SCRATCH_VARIABLE } from '../src/scratch-guard.ts';

const reason = privilegeReason();
const why = reason === null ? '' : ` (${reason})`;
const GUARD = fileURLToPath(new URL('../dist/scratch-guard.js', import.meta.url));

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !isSo(); tries += 1) await setTimeout(20);
  expect(isSo()).toBe(true);
}

describe('guardScratch', () => {
  test.skipIf(reason !== null)(`clears a folder when its process is killed, mounts and daemons too${why}`, async () => {
    await using scratch = await scratchRoot('graphdriver-guard-test-');
    const folder = `${scratch.path}/a folder\twith \\ characters`;
    mkdirSync(`${folder}/mnt one`, { recursive: true });
    await run('mount', ['-t', 'tmpfs', 'none', `${folder}/mnt one`]);
    mkdirSync(`${folder}/mnt one/two`);
    await run('mount', ['-t', 'tmpfs', 'none', `${folder}/mnt one/two`]);
    const other = startProcess('sleep', ['1000'], { stdin: 'ignore', env: { [SCRATCH_VARIABLE]: `${folder}s` } });
    const ours = startProcess('sleep', ['1000'], { stdin: 'ignore', env: { [SCRATCH_VARIABLE]: folder } });
    try {
      const script = `import { guardScratch } from ${JSON.stringify(GUARD)}; guardScratch(process.argv[1]); process.kill(process.pid, 'SIGKILL');`;
      await startProcess(process.execPath, ['--input-type=module', '-e', script, folder], { stdin: 'ignore' }).ended;
      await until(() => !existsSync(folder));
      expect(mountsUnder(scratch.path)).toEqual([]);
      await expect(ours.ended).resolves.toMatchObject({ signal: 'SIGKILL' });
      expect(existsSync(`/proc/${other.pid}`)).toBe(true);
    } finally {
      other.kill('SIGKILL');
      ours.kill('SIGKILL');
    }
  });

  test('does nothing once it is sent away', async () => {
    await using scratch = await scratchRoot('graphdriver-guard-test-');
    const guard = guardScratch(scratch.path);
    guard.end();
    await setTimeout(300);
    expect(existsSync(scratch.path)).toBe(true);
  });
});
