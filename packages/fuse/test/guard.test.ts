import { existsSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { isMountPoint, run, startProcess } from '@graphdriver/host';
import { guardedRoot, privilegeReason, requireOrSkip } from '@graphdriver/testkit';
import { expect, it } from 'vitest';
import { FuseServer } from '../src/fuse-server.ts';
import { namesOnly } from './names-only.mjs';

const reason = requireOrSkip('fuse', privilegeReason());

it.skipIf(reason !== null)('who waits for a mount that answers nobody any more fails in the end', async () => {
  await using scratch = await guardedRoot({ patience: 300 });
  const server = new FuseServer();
  const silent = { ...namesOnly([]), lookup: () => new Promise<never>(() => undefined) };
  const mount = await server.mount(silent, { target: scratch.path });
  await expect(run('stat', [join(scratch.path, 'name')])).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
  await mount.ended;
  await server.close();
});

it.skipIf(reason !== null)('a mount that a dead test has left is cut off and taken away', async () => {
  const program = fileURLToPath(new URL('./leave-mounts.mjs', import.meta.url));
  const test = startProcess(process.execPath, [program], { stderr: 'inherit' });
  if (test.stdout === null) throw new Error('It has no standard output.');
  const lines = createInterface({ input: test.stdout })[Symbol.asyncIterator]();
  const path = String((await lines.next()).value);
  const server = Number((await lines.next()).value);
  expect(isMountPoint(path)).toBe(true);
  // It alone: `kill` would take the server and the guard along.
  process.kill(test.pid ?? 0, 'SIGKILL');
  await test.ended;
  await expect.poll(() => isMountPoint(path), { timeout: 10_000 }).toBe(false);
  // It served a mount that was cut off, and had nothing more to do.
  await expect.poll(() => existsSync(`/proc/${server}`), { timeout: 10_000 }).toBe(false);
  // The root itself the dead one would have removed: it is empty.
  rmdirSync(path);
});
