import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMountPoint, startProcess } from '@graphdriver/host';
import { machineLock } from '@graphdriver/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { columns } from '../src/terminal.ts';
import { collectRun, commandLine, program, runProgram } from './command-line.ts';

let lock: AsyncDisposable;
beforeAll(async () => {
  lock = await machineLock();
});
afterAll(() => lock[Symbol.asyncDispose]());

describe('graphdriver in use', () => {
  it('names the command that was probably meant, and where its use is shown', async () => {
    const { code, stderr } = await runProgram(['layer', 'creat', 'web']);
    expect(code).toBe(2);
    expect(stderr).toContain('create');
    expect(stderr.trim().split('\n').at(-1)).toContain('graphdriver layer --help');
  });

  it('tells a wrong use to programs with --json', async () => {
    const { code, stderr } = await runProgram(['--json', 'layer', 'create']);
    expect([code, JSON.parse(stderr)]).toMatchObject([2, { error: { hint: expect.stringContaining('--help') } }]);
  });

  it('takes a root relative to the current directory, and from the home directory by ~', async () => {
    const rootOf = async (root: string): Promise<unknown> =>
      JSON.parse((await runProgram(['--json', `--root=${root}`, 'drivers'])).stdout).root;
    expect(await rootOf('some/where')).toBe(join(process.cwd(), 'some/where'));
    expect(await rootOf('~/layers')).toBe(join(homedir(), 'layers'));
    expect((await runProgram(['--root=', 'drivers'])).code).toBe(2);
  });

  it('ends with 4 where the archive or module to be read does not exist', async () => {
    await using line = await commandLine();
    await line.run('layer', 'create', 'web');
    expect((await line.run('layer', 'apply', 'web', '/no/such/archive.tar')).code).toBe(4);
    expect((await line.run('conformance', './no-such-driver.js')).code).toBe(4);
    expect((await line.run('conformance', 'vfs', '--posix', '--thorough')).code).toBe(2);
  });

  it('leaves a file as it was where the diff that was to replace it fails', async () => {
    await using line = await commandLine();
    const file = join(line.root, 'kept.tar');
    await writeFile(file, 'precious');
    expect((await line.run('layer', 'diff', 'missing', '--output', file)).code).toBe(4);
    expect(await readFile(file, 'utf8')).toBe('precious');
  });

  it('says nothing and ends with 0 where the reader of its output has seen enough', async () => {
    await using line = await commandLine();
    await line.run('layer', 'create', 'web');
    const path = (await line.run('layer', 'mount', 'web')).stdout.trim();
    expect(isMountPoint(path)).toBe(true);
    await writeFile(join(path, 'big'), Buffer.alloc(8 << 20, 1));
    await line.run('layer', 'unmount', 'web');
    const script = 'set -o pipefail; "$@" | head -c 100 > /dev/null';
    const args = ['-c', script, 'bash', process.execPath, program, '--root', line.root, 'layer', 'diff', 'web'];
    expect(await collectRun('bash', args)).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('ends with 3 and says what to do where an ordinary user runs it', async () => {
    const ids = ['--reuid=65534', '--regid=65534', '--clear-groups'];
    const ended = await collectRun('setpriv', [...ids, process.execPath, program, '--json', 'layer', 'list']);
    expect([ended.code, JSON.parse(ended.stderr)]).toMatchObject([3, { error: { code: 'PERMISSION_DENIED' } }]);
  });

  it('undoes what it was doing when it is interrupted, and ends with 130', async () => {
    await using line = await commandLine();
    await line.run('layer', 'create', 'web');
    const started = startProcess(process.execPath, [program, '--root', line.root, 'layer', 'apply', 'web']);
    const folder = await mkdtemp(join(tmpdir(), 'graphdriver-cli-'));
    await mkdir(join(folder, 'a'));
    await writeFile(join(folder, 'a', 'file'), Buffer.alloc(1 << 20, 1));
    const { stdout: archive } = await collectRun('bash', ['-c', `tar -C ${folder} -c . | base64 -w0`]);
    await rm(folder, { recursive: true });
    started.stdin?.on('error', () => undefined); // It stops reading, as it should.
    // The archive does not end, so the program is in the midst of it.
    started.stdin?.write(Buffer.from(archive, 'base64').subarray(0, 1 << 20));
    await sleep(1_000);
    started.kill('SIGINT');
    expect((await started.ended).exitCode).toBe(130);
    expect((await line.run('layer', 'changes', 'web')).stdout).toBe('');
  });

  it('tells what was found when an examination is interrupted', async () => {
    const started = startProcess(process.execPath, [program, 'conformance', 'vfs']);
    let said = '';
    started.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await sleep(1_500);
    started.kill('SIGINT');
    expect((await started.ended).exitCode).toBe(130);
    expect(said).toMatch(/\d+ of \d+ checks were done/);
  });

  it('wraps the last column of a table to the width of the terminal, under itself', () => {
    const table = columns(['NAME', 'WHY'], [['a', 'some words that take more room than there is']], 34);
    expect(table).toBe('NAME  WHY\na     some words that take more\n      room than there is');
  });
});
