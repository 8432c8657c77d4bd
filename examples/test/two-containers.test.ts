import { fileURLToPath } from 'node:url';
import { run } from '@graphdriver/host';
import { machineLock } from '@graphdriver/testkit';
import { expect, it } from 'vitest';

it('the example prints what each container and the image have', async () => {
  await using _lock = await machineLock();
  const { stdout } = await run(process.execPath, [
    fileURLToPath(new URL('../two-containers/main.js', import.meta.url)),
  ]);
  expect(stdout.trimEnd().split('\n').slice(1)).toEqual([
    'alice has "welcome\\nhello, alice\\n"',
    'bob has "welcome\\nhello, bob\\n"',
    'image has "welcome\\n"',
    'bob: modify /etc',
    'bob: modify /etc/motd',
  ]);
});
