import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { setFaultHandler } from '../src/fault-point.ts';
import { commandExists, run } from '../src/run.ts';
import { scratch } from './scratch.ts';

afterEach(() => setFaultHandler(undefined));

/** Waits until a process has ended; a zombie counts as ended. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      if (/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) return;
    } catch {
      return;
    }
    await new Promise(setImmediate);
  }
}

test('a command gets its arguments as they are and its output comes back untouched', async () => {
  const result = await run('printf', ['%s|', 'a b', '$HOME', '*', '', 'x\ny']);
  expect(result).toEqual({ stdout: 'a b|$HOME|*||x\ny|', stderr: '', exitCode: 0 });
  expect((await run('echo', ['x'])).stdout).toBe('x\n');
});

test('input, directory and environment reach it, and messages are English', async () => {
  using dir = scratch();
  expect((await run('cat', [], { input: 'hello' })).stdout).toBe('hello');
  expect((await run('cat', [])).stdout).toBe('');
  expect((await run('pwd', ['-P'], { cwd: dir.path })).stdout).toBe(`${dir.path}\n`);
  expect((await run('sh', ['-c', 'echo $A $LC_ALL $PATH'], { env: { A: 'a' } })).stdout).toBe(
    `a C ${process.env['PATH']}\n`,
  );
});

test('a missing command is a missing prerequisite, and a missing directory is not', async () => {
  await expect(run('no-such-command', [])).rejects.toMatchObject({
    code: 'PREREQUISITE_MISSING',
    hint: expect.any(String),
  });
  await expect(run('true', [], { cwd: '/nowhere' })).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
});

test('a failure tells exit code and stderr, unless the exit code is a result', async () => {
  const args = ['-c', 'echo out; echo err >&2; exit 3'];
  await expect(run('sh', args)).rejects.toMatchObject({
    code: 'COMMAND_FAILED',
    details: { command: 'sh', args, exitCode: 3, stderr: 'err\n' },
  });
  expect(await run('sh', args, { okExitCodes: [0, 3] })).toEqual({ stdout: 'out\n', stderr: 'err\n', exitCode: 3 });
  await expect(run('sh', ['-c', 'kill -SEGV $$'])).rejects.toMatchObject({
    code: 'COMMAND_FAILED',
    details: { signal: 'SIGSEGV' },
  });
});

const GRANDCHILD = 'sleep 100 & echo $! > "$0"; wait';

test('a timeout ends the command and all that it has started with TIMED_OUT', async () => {
  using dir = scratch();
  await expect(run('sh', ['-c', GRANDCHILD, `${dir.path}/pid`], { timeout: 200 })).rejects.toMatchObject({
    code: 'TIMED_OUT',
  });
  await gone(Number(readFileSync(`${dir.path}/pid`, 'utf8')));
});

test('a command that ignores SIGTERM is killed', async () => {
  const stubborn = 'trap "" TERM; while :; do sleep 0.05; done';
  await expect(run('sh', ['-c', stubborn], { timeout: 100 })).rejects.toMatchObject({ code: 'TIMED_OUT' });
});

test('an abort ends the command and all that it has started with ABORTED', async () => {
  using dir = scratch();
  writeFileSync(`${dir.path}/pid`, '');
  const controller = new AbortController();
  const running = run('sh', ['-c', GRANDCHILD, `${dir.path}/pid`], { signal: controller.signal });
  running.catch(() => undefined);
  while (!readFileSync(`${dir.path}/pid`, 'utf8').endsWith('\n')) await new Promise(setImmediate);
  controller.abort(new Error('enough'));
  await expect(running).rejects.toMatchObject({ code: 'ABORTED', cause: new Error('enough') });
  await gone(Number(readFileSync(`${dir.path}/pid`, 'utf8')));
  await expect(run('true', [], { signal: controller.signal })).rejects.toMatchObject({ code: 'ABORTED' });
});

test('every command passes the fault point under its name', async () => {
  setFaultHandler((call) => {
    throw new Error(call);
  });
  await expect(run('true', [])).rejects.toThrow('true');
});

test('commandExists finds executables in PATH and by path, and nothing else', () => {
  using dir = scratch();
  writeFileSync(`${dir.path}/plain`, '');
  expect(commandExists('sh')).toBe(true);
  expect(commandExists('/bin/sh')).toBe(true);
  expect(commandExists('no-such-command')).toBe(false);
  expect(commandExists(`${dir.path}/plain`)).toBe(false);
  expect(commandExists(dir.path)).toBe(false);
});
