import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LockFile, processIdentity } from '@graphdriver/host';
import { type ScratchRoot, scratchRoot } from '@graphdriver/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { containerFiles } from '../src/runtime/container-files.ts';
import { type ContainerState, MONITOR_LOCK, readContainerState } from '../src/runtime/container-state.ts';
import { execInContainer } from '../src/runtime/exec-container.ts';
import type { ProcessSpec } from '../src/runtime/process-spec.ts';
import { readLogs } from '../src/runtime/read-logs.ts';
import { runAttached, type StartRequest, startDetached } from '../src/runtime/start-container.ts';
import { clearContainer, killContainer, stopContainer, waitForContainer } from '../src/runtime/stop-container.ts';
import {
  built,
  cgroupsWith,
  makeRoot,
  namesIn,
  processesWith,
  RUNTIMES,
  Sink,
  shell,
  specOf,
  until,
} from './runtime-fixture.ts';

const MONITOR = [process.execPath, built('runtime/monitor-main.js')];
const LOOP = 'while :; do sleep 0.02; done';

let scratch: ScratchRoot;
let root: string;
let directory: string;
let id: string;

beforeEach(async () => {
  scratch = await scratchRoot('gd-det-');
  root = makeRoot(join(scratch.path, 'root'));
  directory = join(scratch.path, 'container');
  mkdirSync(directory);
  id = `test-${process.pid}-${Date.now()}`;
});

afterEach(async () => {
  await stopContainer(directory, { timeout: 0 });
  await scratch[Symbol.asyncDispose]();
});

async function printed(): Promise<string> {
  let text = '';
  for await (const { log } of readLogs(directory)) text += log;
  return text;
}

async function isPrinted(text: string): Promise<void> {
  for await (const { log } of readLogs(directory, { follow: true })) if (log.includes(text)) return;
  throw new Error(`The container ended without having printed ${text}.`);
}

function isUnmonitored(): boolean {
  const lock = LockFile.open(containerFiles(directory).lock);
  const isHeld = lock.isHeldElsewhere(MONITOR_LOCK);
  lock.close();
  return !isHeld;
}

/** The monitor: the ancestor of the container's first process that runs our program. */
function monitorOf({ pid }: ContainerState): number {
  for (let at = pid ?? 0; at > 1; ) {
    if (readFileSync(`/proc/${at}/cmdline`, 'latin1').includes('monitor-main')) return at;
    at = parentOf(at);
  }
  throw new Error('The container has no monitor.');
}

function parentOf(pid: number): number {
  return Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);
}

for (const { runtime, reason } of RUNTIMES) {
  describe.skipIf(reason !== null)(`${runtime}${reason === null ? '' : `: ${reason}`}`, () => {
    const request = (spec: ProcessSpec, more: Partial<StartRequest> = {}): StartRequest => ({
      id,
      directory,
      spec,
      runtime,
      ...more,
    });
    const start = (script: string, more: Partial<ProcessSpec> = {}): Promise<ContainerState> =>
      startDetached(request(shell(root, script, more)), MONITOR);

    function expectNothingLeft(before: readonly string[]): void {
      expect(namesIn(root)).toEqual(before);
      expect(processesWith(root)).toEqual([]);
      expect(cgroupsWith(id)).toEqual([]);
      expect(
        namesIn(directory).filter((name) => !/^(container\.log|lock|request\.json|state\.json)$/.test(name)),
      ).toEqual([]);
    }

    test('a container runs from start to its end, by its own program, and its state and log tell of it', async () => {
      const before = namesIn(root);
      expect(readContainerState(directory)).toMatchObject({ status: 'created', pid: null, exitCode: null });
      const state = await start('echo one; read -r line; echo two >&2; exit 5');
      expect(state).toMatchObject({ status: 'running', exitCode: null });
      const [first, second] = await Promise.all([waitForContainer(directory), waitForContainer(directory)]);
      expect(first).toMatchObject({ status: 'exited', exitCode: 5, pid: state.pid, startedAt: state.startedAt });
      expect(second).toEqual(first);
      expect(Date.parse(first.finishedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(first.startedAt ?? ''));
      expect((await printed()).split('\n').sort()).toEqual(['', 'one', 'two']);
      expectNothingLeft(before);
    });

    test('a container outlives the process that has started it', async () => {
      const program = `
        import { startDetached } from ${JSON.stringify(built('runtime/start-container.js'))};
        await startDetached(JSON.parse(process.argv[1]), JSON.parse(process.argv[2]));`;
      const words = [JSON.stringify(request(shell(root, LOOP))), JSON.stringify(MONITOR)];
      const starter = spawn(process.execPath, ['--input-type=module', '-e', program, ...words], { stdio: 'ignore' });
      expect(await once(starter, 'exit')).toEqual([0, null]);
      expect(readContainerState(directory).status).toBe('running');
      killContainer(directory);
      expect(await waitForContainer(directory)).toMatchObject({ exitCode: 137 });
    });

    test('stopping asks first, and kills what does not listen', async () => {
      const before = namesIn(root);
      await start(`trap "echo bye; exit 3" TERM; echo ready; ${LOOP}`);
      await isPrinted('ready');
      expect(await stopContainer(directory)).toMatchObject({ status: 'exited', exitCode: 3 });
      expect(await printed()).toBe('ready\nbye\n');
      await start(`trap "" TERM; echo deaf; ${LOOP}`);
      await isPrinted('deaf');
      expect(await stopContainer(directory, { timeout: 50 })).toMatchObject({ status: 'exited', exitCode: 137 });
      expect(await stopContainer(directory)).toMatchObject({ status: 'exited', exitCode: 137 });
      expectNothingLeft(before);
    });

    test('a signal of choice arrives, and none can be sent to what does not run', async () => {
      expect(() => killContainer(directory)).toThrow(expect.objectContaining({ code: 'CONTAINER_NOT_RUNNING' }));
      await start(`trap "exit 11" USR1; echo ready; ${LOOP}`);
      await isPrinted('ready');
      killContainer(directory, 'SIGUSR1');
      expect(await waitForContainer(directory)).toMatchObject({ exitCode: 11 });
      expect(() => killContainer(directory)).toThrow(expect.objectContaining({ code: 'CONTAINER_NOT_RUNNING' }));
    });

    test('a running container is not started a second time, nor cleared away', async () => {
      await start(LOOP);
      await expect(start(LOOP)).rejects.toMatchObject({ code: 'CONTAINER_RUNNING' });
      await expect(clearContainer(directory)).rejects.toMatchObject({ code: 'CONTAINER_RUNNING' });
      expect(readContainerState(directory).status).toBe('running');
    });

    test('of two processes that start one container at once, one does', async () => {
      const results = await Promise.allSettled([start(LOOP), start(LOOP)]);
      const codes = results.map((result) => (result.status === 'fulfilled' ? 'running' : result.reason.code));
      expect(codes.sort()).toEqual(['CONTAINER_RUNNING', 'running']);
    });

    test('a program that is not there is told of, and written down as the end', async () => {
      const before = namesIn(root);
      const failing = startDetached(request(specOf(root, ['no-such-program'])), MONITOR);
      await expect(failing).rejects.toMatchObject({ code: 'RUNTIME_FAILED', details: { exitCode: 127 } });
      expect(readContainerState(directory)).toMatchObject({ status: 'exited', exitCode: 127, startedAt: null });
      expectNothingLeft(before);
    });

    test('a monitor that cannot be started is told of', async () => {
      const failing = startDetached(request(shell(root, 'true')), ['false']);
      await expect(failing).rejects.toMatchObject({ code: 'RUNTIME_FAILED' });
      expect(readContainerState(directory).status).not.toBe('running');
    });

    test('another process runs in the namespaces of the container, as whom and where it was asked to', async () => {
      await start(`echo ready; ${LOOP}`, { hostname: 'box' });
      await isPrinted('ready');
      const [stdout, stderr] = [new Sink(), new Sink()];
      const script =
        'id -u; pwd; cat /proc/sys/kernel/hostname; echo $A; [ -e /proc/1/ns ] && readlink /proc/1/exe; echo err >&2; exit 8';
      const spec = { args: ['sh', '-c', script], env: ['A=b'], cwd: '/etc', user: 'alice' };
      const { exitCode } = await execInContainer(directory, spec, { stdout, stderr });
      expect(exitCode).toBe(8);
      expect(stdout.text.split('\n').slice(0, 4)).toEqual(['1000', '/etc', 'box', 'b']);
      expect(stderr.text).toBe('err\n');
      const missing = { args: ['no-such-program'], env: [], cwd: '/', user: '' };
      expect(await execInContainer(directory, missing, { stdout, stderr })).toEqual({ exitCode: 127 });
      const waiting = { args: ['sleep', '1000'], env: [], cwd: '/', user: '' };
      const ended = execInContainer(directory, waiting, { stdout, stderr, signal: AbortSignal.timeout(100) });
      await expect(ended).rejects.toMatchObject({ code: 'ABORTED' });
      killContainer(directory);
      await waitForContainer(directory);
      await expect(execInContainer(directory, spec, { stdout, stderr })).rejects.toMatchObject({
        code: 'CONTAINER_NOT_RUNNING',
      });
    });

    test('a terminal and an open stdin are there without anybody who watches', async () => {
      const spec = shell(root, 'tty >/dev/null && echo is-tty; read -r line; echo never', { tty: true });
      await startDetached(request(spec, { openStdin: true }), MONITOR);
      await isPrinted('is-tty');
      expect(readContainerState(directory).status).toBe('running');
      await stopContainer(directory, { timeout: 0 });
      expect(await printed()).toBe('is-tty\r\n');
    });

    test('a container in the foreground has a state and a log, too', async () => {
      const [stdout, stderr] = [new Sink(), new Sink()];
      const state = await runAttached(request(shell(root, 'echo seen; echo too >&2; exit 4')), {
        streams: { stdout, stderr },
      });
      expect(state).toMatchObject({ status: 'exited', exitCode: 4 });
      expect([stdout.text, stderr.text]).toEqual(['seen\n', 'too\n']);
      expect((await printed()).split('\n').sort()).toEqual(['', 'seen', 'too']);
    });

    test('a container ends with its monitor, however that ends, and the state says that nobody saw how', async () => {
      const before = namesIn(root);
      const state = await start(`echo ready; ${LOOP}`, { user: 'alice' });
      await isPrinted('ready');
      process.kill(monitorOf(state), 'SIGKILL');
      expect(await waitForContainer(directory)).toMatchObject({ status: 'exited', exitCode: null, finishedAt: null });
      await until(() => processesWith(root).length === 0, 'the container had ended');
      await clearContainer(directory);
      expectNothingLeft(before);
      expect((await start('exit 2')).status).toBe('running');
      expect(await waitForContainer(directory)).toMatchObject({ exitCode: 2 });
    });

    test.skipIf(runtime === 'chroot')('a container whose runtime is killed is ended, and so written down', async () => {
      const before = namesIn(root);
      const state = await start(`echo ready; ${LOOP}`);
      await isPrinted('ready');
      process.kill(parentOf(state.pid ?? 0), 'SIGKILL');
      expect(await waitForContainer(directory)).toMatchObject({ status: 'exited', exitCode: 137 });
      expectNothingLeft(before);
    });

    test.skipIf(runtime === 'chroot')(
      'a container that has lost monitor and guard counts as running, and can be stopped',
      async () => {
        const before = namesIn(root);
        const state = await start(`echo ready; ${LOOP}`);
        await isPrinted('ready');
        const guards = processesWith(id).filter((pid) =>
          readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('sh\0'),
        );
        for (const pid of [...guards, monitorOf(state)]) process.kill(pid, 'SIGKILL');
        await until(isUnmonitored, 'the monitor had gone');
        // The runtime goes with the monitor; the program stays.
        expect(readContainerState(directory)).toMatchObject({ status: 'running', pid: state.pid });
        expect(await stopContainer(directory, { timeout: 50 })).toMatchObject({ status: 'exited', exitCode: null });
        expectNothingLeft(before);
      },
    );

    test('a monitor that is asked to end passes that on', async () => {
      const state = await start(`trap "exit 6" TERM; echo ready; ${LOOP}`);
      await isPrinted('ready');
      process.kill(monitorOf(state), 'SIGTERM');
      expect(await waitForContainer(directory)).toMatchObject({ status: 'exited', exitCode: 6 });
    });

    test('a process that has got the number of the container is not taken for it, nor what ran before a reboot', async () => {
      await start('exit 0');
      const ended = await waitForContainer(directory);
      await until(isUnmonitored, 'the monitor had gone');
      const own = processIdentity(process.pid);
      const running = { ...ended, status: 'running', pid: process.pid, pidStart: own?.start, boot: own?.boot };
      const write = (state: object): void => writeFileSync(containerFiles(directory).state, JSON.stringify(state));
      write(running);
      expect(readContainerState(directory).status).toBe('running');
      write({ ...running, pidStart: '1' });
      expect(readContainerState(directory)).toMatchObject({ status: 'exited', exitCode: null });
      write({ ...running, boot: 'another' });
      expect(readContainerState(directory)).toMatchObject({ status: 'exited', exitCode: null });
      write(ended);
    });
  });
}

test('a state that nobody can have written is told of, and an empty one means that the machine stopped', () => {
  const { state } = containerFiles(directory);
  writeFileSync(state, '{"status":"walking"}');
  expect(() => readContainerState(directory)).toThrow(expect.objectContaining({ code: 'CORRUPT_STORE' }));
  writeFileSync(state, '');
  expect(readContainerState(directory)).toMatchObject({ status: 'exited', exitCode: null });
  writeFileSync(containerFiles(directory).request, JSON.stringify({ runtime: 'chroot' }));
  writeFileSync(state, JSON.stringify({ status: 'created' }));
  expect(() => readContainerState(directory)).toThrow(expect.objectContaining({ code: 'CORRUPT_STORE' }));
  writeFileSync(state, JSON.stringify({ ...EMPTY }));
});

const EMPTY: ContainerState = {
  status: 'created',
  pid: null,
  pidStart: null,
  boot: null,
  exitCode: null,
  startedAt: null,
  finishedAt: null,
  error: null,
};
