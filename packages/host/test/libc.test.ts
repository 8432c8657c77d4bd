import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ownedCString } from '../src/c-string.ts';
import { checked, inThread, libc, libcRefusal } from '../src/libc.ts';
import { scratch } from './scratch.ts';

test('offsets beyond 32 bits go in and come out whole', () => {
  using dir = scratch();
  const fd = openSync(`${dir.path}/file`, 'w');
  ftruncateSync(fd, 5_000_000_000);
  expect(libc().lseek(fd, 4_999_999_999, 0)).toBe(4_999_999_999);
  closeSync(fd);
});

test('a failed call tells its own errno, also when another thread failed otherwise', async () => {
  expect(() => checked('umount', libc().umount2(ownedCString('/nowhere'), 0), '/nowhere')).toThrow(
    expect.objectContaining({ code: 'ENOENT' }),
  );
  const failures = ['/nowhere', '/tmp', '/proc/self/status/x'].map((path) =>
    inThread('umount2', 'umount', [ownedCString(path), 8], path),
  );
  const codes = (await Promise.allSettled(failures)).map((outcome) =>
    outcome.status === 'rejected' ? outcome.reason.code : undefined,
  );
  expect(codes).toEqual(['ENOENT', 'EINVAL', 'ENOTDIR']);
});

test('a call in a thread resolves with what the call returned', async () => {
  using dir = scratch();
  writeFileSync(`${dir.path}/file`, '');
  const fd = openSync(`${dir.path}/file`, 'r');
  expect(await inThread('syncfs', 'syncfs', [fd])).toBe(0);
  closeSync(fd);
  await expect(inThread('syncfs', 'syncfs', [fd])).rejects.toMatchObject({ code: 'EBADF', syscall: 'syncfs' });
});

test('system calls load here', () => {
  expect(libcRefusal()).toBeUndefined();
});

test('importing the package loads neither koffi nor execa', () => {
  const source = `
    import { Session } from 'node:inspector';
    const session = new Session();
    session.connect();
    const urls = [];
    session.on('Debugger.scriptParsed', ({ params }) => urls.push(params.url));
    session.post('Debugger.enable');
    const host = await import(${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)});
    const early = urls.filter((url) => /koffi|execa/.test(url)).length;
    await host.run('true', []);
    host.createMounter('syscall');
    console.log(early, urls.some((url) => /execa/.test(url)), urls.some((url) => /koffi/.test(url)));
  `;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8' });
  expect(stdout).toBe('0 true true\n');
});
