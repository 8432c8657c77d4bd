import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { commandExists } from '@graphdriver/host';
import { privilegeReason, type ScratchRoot, scratchRoot } from '@graphdriver/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ProcessSpec } from '../src/runtime/process-spec.ts';
import { runInForeground } from '../src/runtime/runtime.ts';
import {
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

const PROGRAM = fileURLToPath(new URL('runtime-program.mjs', import.meta.url));

let scratch: ScratchRoot;
let root: string;

beforeEach(async () => {
  scratch = await scratchRoot('gd-run-');
  root = makeRoot(join(scratch.path, 'root'));
});

afterEach(async () => {
  await scratch[Symbol.asyncDispose]();
});

for (const { runtime, reason } of RUNTIMES) {
  describe.skipIf(reason !== null)(`${runtime}${reason === null ? '' : `: ${reason}`}`, () => {
    async function run(spec: ProcessSpec, more: { stdin?: Readable; signal?: AbortSignal } = {}) {
      const [stdout, stderr] = [new Sink(), new Sink()];
      const { exitCode } = await runInForeground(spec, { ...more, runtime, stdout, stderr });
      return { exitCode, out: stdout.text, err: stderr.text };
    }

    test('both outputs and the exit code are passed on, and nothing is left in the root', async () => {
      const before = namesIn(root);
      const times = statSync(root, { bigint: true }).mtimeNs;
      const result = await run(shell(root, 'echo out; echo err >&2; exit 7'));
      expect(result).toEqual({ exitCode: 7, out: 'out\n', err: 'err\n' });
      expect(namesIn(root)).toEqual(before);
      expect(statSync(root, { bigint: true }).mtimeNs).toBe(times);
      expect(processesWith(root)).toEqual([]);
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(scratch.path);
    });

    test('stdin is passed on to its end, and without one there is nothing to read', async () => {
      const long = 'x'.repeat(300_000);
      expect((await run(specOf(root, ['cat']), { stdin: Readable.from([long, 'end']) })).out).toBe(`${long}end`);
      expect(await run(specOf(root, ['cat']))).toMatchObject({ exitCode: 0, out: '' });
    });

    test('a program that is not there gives 127, one that cannot be executed 126, one ended by a signal 128 and more', async () => {
      writeFileSync(join(root, 'plain'), 'text', { mode: 0o644 });
      expect((await run(specOf(root, ['no-such-program']))).exitCode).toBe(127);
      expect((await run(specOf(root, ['/no/such/program']))).exitCode).toBe(127);
      expect((await run(specOf(root, ['/plain']))).exitCode).toBe(126);
      expect((await run(specOf(root, ['/etc']))).exitCode).toBe(126);
      expect((await run(shell(root, 'sh -c "kill -9 \\$\\$"'))).exitCode).toBe(137);
      expect(namesIn(root)).not.toContain('proc');
    });

    test('namespaces are new, and so is the network unless it is asked for', async () => {
      const links = 'for name in pid mnt ipc uts net; do readlink /proc/self/ns/$name; done';
      const own = ['pid', 'mnt', 'ipc', 'uts', 'net'].map((name) =>
        execFileSync('readlink', [`/proc/self/ns/${name}`], { encoding: 'utf8' }).trim(),
      );
      const apart = (await run(shell(root, `${links}; echo $$`))).out.trim().split('\n');
      expect(apart.filter((link) => own.includes(link))).toEqual([]);
      expect(apart.at(-1)).toBe('1');
      const sharing = (await run(shell(root, links, { network: 'host' }))).out.trim().split('\n');
      expect(sharing.filter((link) => own.includes(link))).toEqual([own[4]]);
    });

    test('with the network of the host come its files for names, and no empty files stay', async () => {
      const before = namesIn(root);
      const result = await run(shell(root, 'cat /etc/hosts', { network: 'host' }));
      expect(result.out).toBe(readFileSync('/etc/hosts', 'utf8'));
      expect(namesIn(root)).toEqual(before);
    });

    test('the user, directory, host name and environment are those that were asked for', async () => {
      const script = 'id -u; id -g; id -G; pwd; readlink /proc/self/cwd; cat /proc/sys/kernel/hostname; env';
      const spec = shell(root, script, {
        user: 'alice',
        cwd: '/made/here',
        hostname: 'box',
        env: ['A=1', 'A=2', 'B=x y'],
      });
      const lines = (await run(spec)).out.trim().split('\n');
      expect(lines.slice(0, 6)).toEqual(['1000', '1001', '1001 50', '/made/here', '/made/here', 'box']);
      expect(lines.slice(6).sort()).toEqual(
        expect.arrayContaining(['A=2', 'B=x y', 'HOME=/home/alice', 'HOSTNAME=box', expect.stringMatching(/^PATH=/)]),
      );
      expect(lines.join('\n')).not.toContain('NODE');
      expect(lstatSync(join(root, 'made/here')).isDirectory()).toBe(true);
    });

    test('outputs can be opened by name, also by a user without rights', async () => {
      const result = await run(shell(root, 'echo named >/dev/stdout; echo too >/dev/stderr', { user: '1000:1001' }));
      expect(result).toEqual({ exitCode: 0, out: 'named\n', err: 'too\n' });
    });

    test('devices are the usual ones and the host cannot be set', async () => {
      const script =
        'echo x >/dev/null && cat /dev/null && ls /dev/pts/ptmx && ls /dev/urandom; echo 1 >/proc/sys/kernel/hostname; ls /proc/1/fd';
      const { out, err } = await run(shell(root, script));
      expect(out).toContain('/dev/pts/ptmx\n/dev/urandom\n');
      // Nothing of the host is open in the container.
      expect(
        out
          .split('\n')
          .slice(2)
          .filter((name) => Number(name) > 10),
      ).toEqual([]);
      expect(err).toMatch(/Read-only/);
    });

    test('a terminal is one: it has a name, a size, one output, and answers to what is typed', async () => {
      const script = 'tty >/dev/null && echo is-tty; stty size; read -r line; echo "got $line" >/dev/tty; exit 3';
      const { exitCode, out, err } = await run(shell(root, script, { tty: true }), {
        stdin: Readable.from(['typed\n']),
      });
      expect(exitCode).toBe(3);
      expect(out).toMatch(/is-tty\r\n24 80\r\n/);
      expect(out).toContain('got typed\r\n');
      expect(err).toBe('');
    });

    test('folders and files of the host are seen at their targets, read-only where asked, and leave no trace in the root', async () => {
      const folder = join(scratch.path, 'folder');
      mkdirSync(folder);
      writeFileSync(join(folder, 'file'), 'content\n');
      const before = namesIn(root);
      const mounts = [
        { source: join(folder, 'file'), target: '/deep/er/one' },
        { source: folder, target: '/all', readOnly: true },
        { source: folder, target: '/rw' },
      ];
      const result = await run(shell(root, 'cat /deep/er/one /all/file; touch /rw/new; touch /all/no', { mounts }));
      expect(result.out).toBe('content\ncontent\n');
      expect(result.exitCode).not.toBe(0);
      expect(readdirSync(folder).sort()).toEqual(['file', 'new']);
      expect(namesIn(root)).toEqual(before);
    });

    test('a mount inside of another goes after it, whatever their order', async () => {
      for (const name of ['outer', 'inner']) mkdirSync(join(scratch.path, name));
      writeFileSync(join(scratch.path, 'inner/file'), 'inner\n');
      mkdirSync(join(scratch.path, 'outer/sub'));
      const mounts = [
        { source: join(scratch.path, 'inner'), target: '/vol/sub' },
        { source: join(scratch.path, 'outer'), target: '/vol' },
      ];
      expect((await run(shell(root, 'cat /vol/sub/file', { mounts }))).out).toBe('inner\n');
    });

    test('no link of an image or volume leads a mount out of the root', async () => {
      const [outside, volume] = [join(scratch.path, 'outside'), join(scratch.path, 'volume')];
      for (const path of [outside, volume]) mkdirSync(path);
      symlinkSync(outside, join(root, 'link'));
      symlinkSync('../../../../../../../../..', join(root, 'up'));
      symlinkSync(outside, join(volume, 'link'));
      writeFileSync(join(scratch.path, 'source'), 'seen\n');
      const source = join(scratch.path, 'source');
      const mounts = [
        { source, target: '/link/one' },
        { source, target: '/up/two' },
        { source: volume, target: '/volume' },
        { source, target: '/volume/link/three' },
      ];
      const result = await run(shell(root, `cat ${outside}/one /two ${outside}/three`, { mounts }));
      expect(result.out).toBe('seen\nseen\nseen\n');
      expect(readdirSync(outside)).toEqual([]);
      expect(existsSync(join(scratch.path, 'two'))).toBe(false);
    });

    test('what stands for /proc or the user files of an image but leads out of it is refused, or ends in the root', async () => {
      symlinkSync('/', join(root, 'proc'));
      await expect(run(specOf(root, ['sh']))).rejects.toMatchObject({ code: 'RUNTIME_FAILED' });
    });

    test('a root that is read-only refuses to be written to, and mounts in it do not', async () => {
      const folder = join(scratch.path, 'folder');
      mkdirSync(folder);
      const mounts = [{ source: folder, target: '/vol' }];
      const result = await run(shell(root, 'touch /vol/yes; touch /no', { readOnly: true, mounts }));
      expect(result.exitCode).not.toBe(0);
      expect(readdirSync(folder)).toEqual(['yes']);
      expect(existsSync(join(root, 'no'))).toBe(false);
    });

    test('an abort kills the container, whatever it catches, and leaves nothing', async () => {
      const controller = new AbortController();
      const before = namesIn(root);
      const word = `${process.pid}.${Date.now()}`;
      const running = run(shell(root, `trap "" TERM INT; sleep ${word} & wait`), { signal: controller.signal });
      await until(() => processesWith(word).length > 1, 'the container ran');
      controller.abort();
      await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
      expect(processesWith(word)).toEqual([]);
      expect(namesIn(root)).toEqual(before);
    });

    test('what a failed start has made is gone, and the reason is told', async () => {
      const before = namesIn(root);
      const unknown = shell(root, 'true', { user: 'nobody-here' });
      await expect(run(unknown)).rejects.toMatchObject({ code: 'RUNTIME_FAILED', details: { exitCode: 125 } });
      const missing = shell(root, 'true', { mounts: [{ source: join(scratch.path, 'none'), target: '/x' }] });
      await expect(run(missing)).rejects.toMatchObject({ code: 'RUNTIME_FAILED' });
      expect(namesIn(root)).toEqual(before);
    });

    test('a container does not outlive the process that runs it in the foreground, even one that is killed', async () => {
      const word = `${process.pid}.${Date.now()}`;
      const spec = shell(root, `sleep ${word} & wait`, { user: 'alice' });
      const program = spawn(process.execPath, [PROGRAM, JSON.stringify({ spec, runtime })], { stdio: 'ignore' });
      await until(() => processesWith(`sleep\0${word}`).length > 0, 'the container ran');
      const ended = once(program, 'exit');
      program.kill('SIGKILL');
      await ended;
      await until(() => processesWith(word).length === 0, 'the container had ended');
      const isOurs = (name: string): boolean =>
        existsSync(join(tmpdir(), name, 'config.json')) &&
        readFileSync(join(tmpdir(), name, 'config.json'), 'utf8').includes(root);
      await until(
        () => !readdirSync(tmpdir()).some((name) => name.startsWith('graphdriver-run-') && isOurs(name)),
        'its folder was gone',
      );
    });

    test('signals for the program in the foreground reach the container', async () => {
      const spec = shell(root, 'trap "exit 42" TERM; echo ready; while :; do sleep 0.02; done');
      const program = spawn(process.execPath, [PROGRAM, JSON.stringify({ spec, runtime })]);
      await once(program.stdout, 'data');
      program.kill('SIGTERM');
      expect(await once(program, 'exit')).toEqual([42, null]);
    });
  });
}

const HYBRID = '/sys/fs/cgroup/unified';
const crunReason = privilegeReason() ?? (RUNTIMES[0]?.reason === null ? 'crun is tested as it is' : null);
const noCrun = commandExists('crun') ? null : 'There is no command crun.';

describe.skipIf((crunReason ?? noCrun) !== null)(
  `crun where only one version of cgroups is seen ${crunReason ?? noCrun ?? ''}`,
  () => {
    test('crun runs a process, passes on its exit code and outputs, and leaves nothing', () => {
      const before = namesIn(root);
      const spec = shell(root, 'id -u; pwd; echo err >&2; cat /proc/self/cgroup; exit 9', {
        user: 'alice',
        cwd: '/etc',
      });
      const script = `umount ${HYBRID}; exec "$@"`;
      const command = [process.execPath, PROGRAM, JSON.stringify({ spec, runtime: 'crun' })];
      const result = spawnSync('unshare', ['--mount', 'sh', '-c', script, 'sh', ...command], { encoding: 'utf8' });
      expect(result).toMatchObject({ status: 9, stderr: 'err\n' });
      expect(namesIn(root)).toEqual(before);
      expect(result.stdout).toMatch(/^1000\n\/etc\n/);
      const [cgroup = ''] = /graphdriver-[0-9a-f]+/.exec(result.stdout) ?? [];
      expect(cgroup).not.toBe('');
      expect(cgroupsWith(cgroup)).toEqual([]);
    });
  },
);
