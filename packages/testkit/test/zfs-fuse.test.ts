import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readMounts, run, startProcess } from '@graphdriver/host';
import { expect, test } from 'vitest';
import { machineLock, requireOrSkip, zfsFusePool, zfsReason } from '../src/index.ts';

const reason = requireOrSkip('zfs', await zfsReason());
const pidFile = join(tmpdir(), 'graphdriver-zfs-fuse.pid');

test('a pool is a mounted ZFS, survives a restart and a crash of its daemon, and leaves nothing', async ({ skip }) => {
  skip(reason !== null, reason ?? '');
  await using _lock = await machineLock();
  const pool = await zfsFusePool();
  expect(readMounts().find((mount) => mount.mountPoint === pool.path)?.type).toBe('fuse.zfs');
  writeFileSync(join(pool.path, 'file'), 'x');
  const first = readFileSync(pidFile, 'latin1');
  await pool.restart();
  expect(readFileSync(pidFile, 'latin1')).not.toBe(first);
  expect(readFileSync(join(pool.path, 'file'), 'latin1')).toBe('x');
  await run('sync', []);
  await pool.restart('SIGKILL');
  expect(readFileSync(join(pool.path, 'file'), 'latin1')).toBe('x');
  const last = Number(readFileSync(pidFile, 'latin1'));
  expect(await pool.answers()).toBe(true);
  await pool[Symbol.asyncDispose]();
  expect(existsSync(pool.directory)).toBe(false);
  expect(existsSync(pidFile)).toBe(false);
  expect(existsSync(`/proc/${last}`)).toBe(false);
  expect(await pool.answers()).toBe(false);
  expect(readMounts().filter((mount) => mount.type === 'fuse.zfs')).toEqual([]);
});

test('a daemon that a killed test has left is replaced', async ({ skip }) => {
  skip(reason !== null, reason ?? '');
  await using _lock = await machineLock();
  const source = `
    import { writeSync } from 'node:fs';
    import { zfsFusePool } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
    const { directory } = await zfsFusePool();
    writeSync(1, directory);
    process.kill(process.pid, 'SIGKILL');`;
  const child = startProcess(process.execPath, ['--input-type=module', '-e', source], {
    stdin: 'ignore',
    stderr: 'inherit',
  });
  let directory = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    directory += text;
  });
  expect((await child.ended).signal).toBe('SIGKILL');
  const left = Number(readFileSync(pidFile, 'latin1'));
  expect(existsSync(`/proc/${left}`)).toBe(true);
  await using pool = await zfsFusePool();
  expect(existsSync(`/proc/${left}`)).toBe(false);
  expect(existsSync(pool.path)).toBe(true);
  rmSync(directory, { recursive: true });
});
