import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '@graphdriver/host';
import { machineLock, scratchRoot } from '@graphdriver/testkit';
import { expect, it } from 'vitest';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const program = /^```js\n([\s\S]*?)^```$/m.exec(readme)?.[1] ?? '';

it('the program in the README does what it says', async () => {
  await using _lock = await machineLock();
  await using scratch = await scratchRoot();
  mkdirSync(join(scratch.path, 'image', 'etc'), { recursive: true });
  writeFileSync(join(scratch.path, 'image', 'etc', 'motd'), 'welcome\n');
  await run('tar', ['-C', join(scratch.path, 'image'), '-cf', join(scratch.path, 'debian.tar'), 'etc']);

  // Beside the packages that it imports, and in a directory of its own to run in.
  const file = fileURLToPath(new URL('../readme-program.mjs', import.meta.url));
  writeFileSync(file, program.replace('/var/lib/my-program', join(scratch.path, 'root')));
  try {
    const { stdout } = await run(process.execPath, [file], { cwd: scratch.path });
    expect(stdout).toContain("{ kind: 'modify', path: '/etc/motd' }");
    const { stdout: listing } = await run('tar', ['-tf', 'web.tar'], { cwd: scratch.path });
    expect(listing).toBe('etc/\netc/motd\n');
  } finally {
    rmSync(file);
  }
  expect(existsSync(join(scratch.path, 'root', 'overlay2', 'web', 'merged'))).toBe(false);
});
