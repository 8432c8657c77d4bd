import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMountPoint } from '@graphdriver/host';
import { machineLock } from '@graphdriver/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectRun, type Ended } from './command-line.ts';
import { type InstalledProgram, installProgram } from './installed-program.ts';

let lock: AsyncDisposable;
let installed: InstalledProgram;
let root: string;
beforeAll(async () => {
  lock = await machineLock();
  installed = await installProgram();
  root = await mkdtemp(join(tmpdir(), 'graphdriver-cli-'));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
  await installed[Symbol.asyncDispose]();
  await lock[Symbol.asyncDispose]();
});

function graphdriver(...args: readonly string[]): Promise<Ended> {
  return collectRun(installed.command, ['--root', root, ...args]);
}

describe('the program, installed from its tarball into an empty folder', () => {
  it('has no types, sources or build records in it', async () => {
    const files = await readdir(join(installed.folder, 'node_modules/graphdriver'), { recursive: true });
    expect(files.filter((file) => /\.ts$|tsbuildinfo|^src|^test/.test(file))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'dist/THIRD-PARTY-NOTICES.txt']));
  });

  it('prints its version', async () => {
    expect(await collectRun(installed.command, ['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  it('finds the drivers', async () => {
    const { stdout } = await graphdriver('drivers', '--json');
    const { drivers } = JSON.parse(stdout) as { drivers: { driver: string; usable: boolean }[] }; // Checked by the next line.
    expect(drivers).toEqual(expect.arrayContaining([expect.objectContaining({ driver: 'vfs', usable: true })]));
  });

  it('takes a layer from create to remove', async () => {
    expect(await graphdriver('--driver', 'vfs', 'layer', 'create', 'web')).toMatchObject({ code: 0, stdout: 'web\n' });
    const path = (await graphdriver('layer', 'mount', 'web')).stdout.trim();
    expect(isMountPoint(path)).toBe(true);
    await appendFile(join(path, 'hello'), 'hello\n');
    expect((await graphdriver('layer', 'unmount', 'web')).code).toBe(0);
    expect((await graphdriver('layer', 'changes', 'web')).stdout).toBe('A /hello\n');
    expect(await graphdriver('layer', 'remove', 'web')).toMatchObject({ code: 0, stdout: 'web\n' });
  });

  it('keeps images and containers', async () => {
    const from = await mkdtemp(join(tmpdir(), 'graphdriver-files-'));
    await writeFile(join(from, 'hello'), 'hello\n');
    expect((await graphdriver('--driver', 'vfs', 'import', from, 'hello:1')).code).toBe(0);
    await rm(from, { recursive: true });
    expect((await graphdriver('images')).stdout).toMatch(/^REPOSITORY .*\nhello +1 /);
    expect((await graphdriver('create', '--name', 'one', 'hello:1', '/hello')).code).toBe(0);
    expect((await graphdriver('start', 'one')).code).toBe(126);
    expect((await graphdriver('rm', 'one')).code).toBe(0);
  });

  it('examines its own drivers and those of a module, in two processes where a check wants two', async () => {
    const vfs = join(installed.folder, 'node_modules/graphdriver/dist/programs/driver-vfs.js');
    expect(existsSync(vfs)).toBe(true);
    const mine = join(installed.folder, 'my-driver.mjs');
    await writeFile(mine, `export { vfs as driver } from ${JSON.stringify(vfs)};\n`);
    const only = 'processes/records-are-shared';
    const ended = await graphdriver('conformance', 'vfs', mine, '--only', only, '--reporter', 'json');
    const { reports } = JSON.parse(ended.stdout) as { reports: { results: { outcome: string }[] }[] }; // Checked by the next line.
    expect(reports.map(({ results }) => results.map(({ outcome }) => outcome))).toEqual([['passed'], ['passed']]);
  });

  it('examines what system calls do in a view with --posix', async () => {
    const ended = await graphdriver('conformance', 'vfs', '--posix', '--only', 'rmdir/of-dots', '--json');
    const { reports } = JSON.parse(ended.stdout) as { reports: { results: object[] }[] }; // Checked by the next line.
    expect(reports[0]?.results).toMatchObject([{ id: 'rmdir/of-dots', outcome: 'passed' }]);
    expect(await graphdriver('conformance', 'vfs', '--posix', '--only', 'no-such-call')).toMatchObject({ code: 2 });
  });

  it('shows known deviations as such and ends with 0, and with 1 where one no longer deviates', async () => {
    const overlay = await graphdriver(
      'conformance',
      'overlay2',
      '--posix',
      '--only',
      'unlink/moves-the-ctime',
      '--json',
    );
    const { reports } = JSON.parse(overlay.stdout) as { reports: { results: object[] }[] }; // Checked by the next line.
    expect(reports[0]?.results).toMatchObject([{ id: 'unlink/moves-the-ctime', outcome: 'deviates' }]);
    expect(overlay.code).toBe(0);
    const vfs = join(installed.folder, 'node_modules/graphdriver/dist/programs/driver-vfs.js');
    const mine = join(installed.folder, 'mended-driver.mjs');
    const deviations = "export const knownDeviations = { 'rmdir/of-dots': 'It once failed.' };";
    await writeFile(mine, `export { vfs as driver } from ${JSON.stringify(vfs)};\n${deviations}\n`);
    const mended = await graphdriver('conformance', mine, '--posix', '--only', 'rmdir/of-dots', '--reporter', 'tap');
    expect(mended).toMatchObject({ code: 1, stdout: expect.stringMatching(/^not ok 1 /m) });
  });

  it('has everything that its other programs load', async () => {
    const folder = join(installed.folder, 'node_modules/graphdriver/dist/programs');
    const programs = await readdir(folder);
    expect(programs).toEqual(expect.arrayContaining(['round-process.js', 'worker.js']));
    for (const program of programs) {
      const { stderr } = await collectRun(process.execPath, [join(folder, program)]);
      expect(stderr, program).not.toMatch(/ERR_MODULE_NOT_FOUND|Cannot find/);
    }
  });

  it('shows how to measure', async () => {
    expect(await graphdriver('bench', '--help')).toMatchObject({ code: 0, stderr: '' });
  });
});
