import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createMounter, isMountPoint, startProcess } from '@graphdriver/host';
import { machineLock, scratchRoot } from '@graphdriver/testkit';
import { expect, it } from 'vitest';

const program = fileURLToPath(new URL('../memory-file-system/main.js', import.meta.url));

it('the file system in memory keeps what is written to it, and ends when it is unmounted', async () => {
  await using _lock = await machineLock();
  await using scratch = await scratchRoot();
  const child = startProcess(process.execPath, [program, scratch.path], { stderr: 'inherit' });
  if (child.stdout === null) throw new Error('The example has no standard output.');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  expect(await lines.next()).toMatchObject({ value: expect.stringContaining(scratch.path) });
  expect(isMountPoint(scratch.path)).toBe(true);
  const directory = join(scratch.path, 'directory');
  const file = join(directory, 'file');
  mkdirSync(directory);
  writeFileSync(file, 'x'.repeat(300_000));
  writeFileSync(file, 'the end', { flag: 'a' });
  expect(readFileSync(file, 'utf8')).toBe(`${'x'.repeat(300_000)}the end`);
  truncateSync(file, 5);
  expect([readFileSync(file, 'utf8'), statSync(file).size]).toEqual(['xxxxx', 5]);
  expect(readdirSync(scratch.path)).toEqual(['directory']);
  expect(() => rmdirSync(directory)).toThrow(expect.objectContaining({ code: 'ENOTEMPTY' }));
  unlinkSync(file);
  rmdirSync(directory);
  expect(readdirSync(scratch.path)).toEqual([]);
  await createMounter('syscall').unmount(scratch.path);
  expect((await child.ended).exitCode).toBe(0);
});
