import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ScratchRoot, scratchRoot } from '@graphdriver/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chrootCommand } from '../src/runtime/chroot-command.ts';
import { resolveUser, userInRoot } from '../src/runtime/container-user.ts';
import { completeEnvironment, DEFAULT_PATH } from '../src/runtime/environment.ts';
import { planMounts } from '../src/runtime/mount-plan.ts';
import { ociConfig } from '../src/runtime/oci-config.ts';
import type { ProcessSpec } from '../src/runtime/process-spec.ts';
import { resolveInRoot } from '../src/runtime/root-path.ts';
import { startFailure } from '../src/runtime/runtime-failure.ts';

const ROOT_USER = { uid: 0, gid: 0, groups: [], home: '/root' };
const PROCESS = { user: ROOT_USER, env: ['PATH=/bin'] };
const SPEC: ProcessSpec = { rootfs: '/root-fs', args: ['sh'], env: [], cwd: '/', user: '' };
const NO_MOUNTS = { kernel: [], binds: [] };
const BIND = { source: '/s', target: '/t', host: '/root-fs/t', kind: 'file', missing: 0, inRoot: true } as const;

let scratch: ScratchRoot;
let root: string;

beforeEach(async () => {
  scratch = await scratchRoot('gd-plan-');
  root = join(scratch.path, 'root');
  mkdirSync(join(root, 'etc'), { recursive: true });
});

afterEach(async () => {
  await scratch[Symbol.asyncDispose]();
});

test('a configuration has new namespaces, the network among them unless the one of the host is asked for', () => {
  const types = (spec: ProcessSpec): string[] =>
    ociConfig({ id: 'x', spec, process: PROCESS, mounts: NO_MOUNTS }).linux.namespaces.map(({ type }) => type);
  expect(types(SPEC)).toEqual(['pid', 'mount', 'ipc', 'uts', 'network']);
  expect(types({ ...SPEC, network: 'host' })).toEqual(['pid', 'mount', 'ipc', 'uts']);
});

test('a configuration names the cgroup after the container, allows no devices, and has the mounts after those of the kernel', () => {
  const mounts = { kernel: [], binds: [{ ...BIND, readOnly: true }] };
  const spec = { ...SPEC, tty: true, readOnly: true, hostname: 'box' };
  const size = { columns: 100, rows: 30 };
  const config = ociConfig({ id: 'x', spec, process: PROCESS, mounts, size });
  expect(config.linux.cgroupsPath).toBe('/graphdriver-x');
  expect(config.linux.resources.devices).toEqual([{ allow: false, access: 'rwm' }]);
  expect(config.mounts.at(-1)).toMatchObject({ destination: '/t', source: '/s', options: ['rbind', 'rprivate', 'ro'] });
  expect(config.process).toMatchObject({ terminal: true, consoleSize: { height: 30, width: 100 } });
  expect(config).toMatchObject({ root: { path: '/root-fs', readonly: true }, hostname: 'box' });
  expect(config.process.capabilities['bounding']).not.toContain('CAP_SYS_ADMIN');
  expect(config.process.capabilities['ambient']).toBeUndefined();
});

test('the command without a runtime gives every value as an argument of its own', () => {
  const spec = { ...SPEC, args: ['echo', '$(reboot); "', '--'], hostname: 'box', network: 'host' as const };
  const files = { complaints: '/c', done: '/d', unshare: '/usr/bin/unshare' };
  const process = { user: { ...ROOT_USER, uid: 5, gid: 6, groups: [7, 8] }, env: ['A=$(x)'] };
  const { args } = chrootCommand({ spec, process, mounts: NO_MOUNTS, ...files });
  expect(args.slice(-4)).toEqual(['--', 'echo', '$(reboot); "', '--']);
  expect(args).toEqual(expect.arrayContaining(['A=$(x)', '7,8', '5', '6']));
  expect(args).not.toContain('--net');
  expect(args.join(' ')).not.toContain('mknod,');
});

const PASSWD =
  'root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1001::/home/alice:/bin/sh\n7:x:70:71:::\nbroken\n:x:1:1::/:\n';
const GROUP = 'root:x:0:\nstaff:x:50:bob,alice\nwheel:x:10:alice\nalice:x:1001:alice\nbad:x:many:alice\n';

test.each([
  ['', { uid: 0, gid: 0, groups: [], home: '/root' }],
  ['alice', { uid: 1000, gid: 1001, groups: [10, 50], home: '/home/alice' }],
  ['1000', { uid: 1000, gid: 1001, groups: [10, 50], home: '/home/alice' }],
  ['alice:staff', { uid: 1000, gid: 50, groups: [], home: '/home/alice' }],
  ['alice:77', { uid: 1000, gid: 77, groups: [], home: '/home/alice' }],
  ['4321', { uid: 4321, gid: 0, groups: [], home: '/' }],
  ['4321:4322', { uid: 4321, gid: 4322, groups: [], home: '/' }],
  ['7', { uid: 70, gid: 71, groups: [], home: '/' }],
  [':staff', { uid: 0, gid: 50, groups: [], home: '/root' }],
])('the user %j is looked up by name, then by number', (user, expected) => {
  expect(resolveUser(user, PASSWD, GROUP)).toEqual(expected);
});

test.each(['bob', 'alice:nogroup', '-1', '99999999999', 'a:b:c', '0x10'])('the user %j is refused', (user) => {
  expect(() => resolveUser(user, PASSWD, GROUP)).toThrow(expect.objectContaining({ code: 'RUNTIME_FAILED' }));
});

test('the user files of the host are never read, wherever those of the container point, and none are needed for numbers', () => {
  expect(userInRoot(root, '12:34')).toMatchObject({ uid: 12, gid: 34 });
  writeFileSync(join(scratch.path, 'passwd'), 'host:x:1:1::/:\n');
  symlinkSync('../../passwd', join(root, 'etc/passwd'));
  expect(() => userInRoot(root, 'host')).toThrow(expect.objectContaining({ code: 'RUNTIME_FAILED' }));
  writeFileSync(join(root, 'passwd'), 'inside:x:9:9::/:\n');
  expect(userInRoot(root, 'inside').uid).toBe(9);
});

test('user files that are none do not make anybody wait', () => {
  mkdirSync(join(root, 'etc/passwd'));
  expect(() => userInRoot(root, '0')).toThrow(expect.objectContaining({ code: 'RUNTIME_FAILED' }));
});

test('an environment is completed, the last value of a name counting', () => {
  const facts = { home: '/home/a', hostname: 'box', tty: true };
  const env = completeEnvironment(['A=1', 'PATH=/x', 'nothing', '=odd', 'A=2=3', 'HOME='], facts);
  expect(env).toEqual(['PATH=/x', 'HOSTNAME=box', 'TERM=xterm', 'HOME=', 'A=2=3']);
  expect(completeEnvironment([], { home: '/', hostname: undefined, tty: false })).toEqual([
    `PATH=${DEFAULT_PATH}`,
    'HOME=/',
  ]);
});

test('paths are found as the container sees them', () => {
  mkdirSync(join(root, 'a/b'), { recursive: true });
  writeFileSync(join(root, 'a/file'), '');
  symlinkSync('/a/b', join(root, 'absolute'));
  symlinkSync('../../../a', join(root, 'a/b/up'));
  symlinkSync('loop', join(root, 'loop'));
  symlinkSync('/nowhere/else', join(root, 'dangling'));
  const seen = (path: string): string => resolveInRoot(root, path).visible;
  expect(seen('/absolute/up/file')).toBe('/a/file');
  expect(seen('//a/./b/../../../../a')).toBe('/a');
  expect(seen('/absolute/new/er')).toBe('/a/b/new/er');
  expect(resolveInRoot(root, '/absolute/new/er')).toMatchObject({ host: join(root, 'a/b/new/er'), missing: 2 });
  expect(resolveInRoot(root, '/dangling')).toMatchObject({ visible: '/nowhere/else', missing: 2, stat: undefined });
  expect(resolveInRoot(root, '/none/../a').missing).toBe(0);
  for (const path of ['/loop', '/a/file/below', '/a\0b'])
    expect(() => resolveInRoot(root, path)).toThrow(expect.objectContaining({ code: 'RUNTIME_FAILED' }));
});

test('a path below a mount is looked for in what is mounted, with links starting at the root of the container', () => {
  const volume = join(scratch.path, 'volume');
  mkdirSync(join(root, 'etc/real'), { recursive: true });
  mkdirSync(join(root, 'mnt'));
  mkdirSync(volume);
  symlinkSync('/etc/real', join(volume, 'link'));
  const coverings = [{ target: '/mnt', source: volume }];
  expect(resolveInRoot(root, '/mnt/link', coverings)).toMatchObject({
    visible: '/etc/real',
    host: join(root, 'etc/real'),
  });
  expect(resolveInRoot(root, '/mnt/x', coverings)).toMatchObject({ host: join(volume, 'x'), missing: 1 });
});

test('mounts at the root, twice at one place, of nothing, or of one kind on another are refused', () => {
  writeFileSync(join(scratch.path, 'file'), '');
  const [file, folder] = [join(scratch.path, 'file'), scratch.path];
  symlinkSync('/', join(root, 'to-root'));
  symlinkSync('/same', join(root, 'other'));
  for (const binds of [
    [{ source: folder, target: '/' }],
    [{ source: folder, target: '/to-root' }],
    [{ source: folder, target: 'relative' }],
    [{ source: 'relative', target: '/x' }],
    [{ source: join(folder, 'none'), target: '/x' }],
    [{ source: file, target: '/etc' }],
    [
      { source: folder, target: '/same' },
      { source: folder, target: '/other' },
    ],
  ])
    expect(() => planMounts(root, binds)).toThrow(expect.objectContaining({ code: 'RUNTIME_FAILED' }));
  expect(planMounts(root, [{ source: folder, target: '/new/dir' }]).binds).toMatchObject([
    { missing: 2, inRoot: true },
  ]);
});

test.each([
  ['executable file `nope` not found in $PATH: No such file or directory', 127],
  ['runc run failed: unable to start container process: exec: "nope": executable file not found in $PATH', 127],
  ['runc run failed: unable to start container process: exec: "/x": stat /x: no such file or directory', 127],
  ['open executable: Permission denied', 126],
  ['runc run failed: unable to start container process: exec: "/etc": permission denied', 126],
  ['error mounting "/none" to rootfs at "/x": stat /none: no such file or directory', 125],
  ["error stat'ing file `/none`: No such file or directory", 125],
  ['', 125],
])('%j gives exit code %d', (complaint, exitCode) => {
  expect(startFailure(complaint).exitCode).toBe(exitCode);
});
