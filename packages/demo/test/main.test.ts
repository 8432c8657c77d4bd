import { fileURLToPath } from 'node:url';
import { run } from '@graphdriver/host';
import { expect, test } from 'vitest';
import { HELP } from '../src/demo-arguments.ts';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

test('help goes to the standard output and is no failure', async () => {
  expect(await run(process.execPath, [MAIN, '--help'])).toEqual({ stdout: HELP, stderr: '', exitCode: 0 });
});

test('wrong arguments give 2, and say so on the error output alone', async () => {
  const { stdout, stderr, exitCode } = await run(process.execPath, [MAIN, '--fast'], { okExitCodes: [2] });
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
  expect(stderr).toContain('--fast');
});

test('a result file that cannot be written is told at once', async () => {
  const start = performance.now();
  const { stdout, exitCode } = await run(process.execPath, [MAIN, '--out', '/nowhere/at/all.json'], {
    okExitCodes: [1],
  });
  expect(exitCode).toBe(1);
  expect(stdout).not.toContain('1  Where');
  expect(performance.now() - start).toBeLessThan(20_000);
});
