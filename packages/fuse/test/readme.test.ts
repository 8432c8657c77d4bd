import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startProcess, unmountFuse } from '@graphdriver/host';
import { guardedRoot, privilegeReason, requireOrSkip } from '@graphdriver/testkit';
import { expect, it } from 'vitest';

const reason = requireOrSkip('fuse', privilegeReason());
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const program = /^```js\n([\s\S]*?)^```$/m.exec(readme)?.[1] ?? '';

it.skipIf(reason !== null)('the program in the README does what it says', async () => {
  await using scratch = await guardedRoot();
  // Beside the package, so that it finds it.
  const file = fileURLToPath(new URL('./readme-program.mjs', import.meta.url));
  writeFileSync(file, program.replaceAll('/mnt/hello', scratch.path));
  try {
    const child = startProcess(process.execPath, [file], { stderr: 'inherit' });
    if (child.stdout === null) throw new Error('It has no standard output.');
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    expect(await lines.next()).toMatchObject({ value: expect.stringContaining('when you have seen enough') });
    expect(readFileSync(join(scratch.path, 'hello'), 'utf8')).toBe('hello\n');
    await unmountFuse(scratch.path);
    expect((await child.ended).exitCode).toBe(0);
  } finally {
    rmSync(file);
  }
});
