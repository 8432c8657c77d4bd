import { join } from 'node:path';
import { CHROOT_SCRIPT } from './chroot-script.ts';
import type { ContainerUser } from './container-user.ts';
import type { MountPlan, PlannedMount } from './mount-plan.ts';
import type { ResolvedProcess } from './oci-config.ts';
import { DEFAULT_CAPABILITIES, MASKED_PATHS, READ_ONLY_PATHS } from './oci-defaults.ts';
import type { ExecSpec, ProcessSpec } from './process-spec.ts';

/** What {@link chrootCommand} is made of. */
export interface ChrootRequest {
  readonly spec: ProcessSpec;
  readonly process: ResolvedProcess;
  readonly mounts: MountPlan;
  /** Where unshare(1) lies: the container's PATH does not lead to it. */
  readonly unshare: string;
  /** The script writes its complaints here. */
  readonly complaints: string;
  /** It makes this file when all is set up. */
  readonly done: string;
  /** The terminal that is to be the container's console, as a path of the host. */
  readonly console?: string | undefined;
}

// What it starts is the first process of the inner namespace. Of an end by a signal it makes an exit code, which unshare(1) does not.
const WAITING_SHELL = 'exec 8>&2 2>/dev/null; "$@"; exit $?';

const DEVICES: Readonly<Record<string, readonly [major: string, minor: string]>> = {
  null: ['1', '3'],
  zero: ['1', '5'],
  full: ['1', '7'],
  random: ['1', '8'],
  urandom: ['1', '9'],
  tty: ['5', '0'],
};

const LINKS: Readonly<Record<string, string>> = {
  fd: '/proc/self/fd',
  stdin: '/proc/self/fd/0',
  stdout: '/proc/self/fd/1',
  stderr: '/proc/self/fd/2',
  ptmx: 'pts/ptmx',
};

// Nothing limits the use of device nodes here, so nobody may make any.
const CAPABILITIES = DEFAULT_CAPABILITIES.filter((name) => name !== 'CAP_MKNOD');

/**
 * The command that runs a container by util-linux alone.
 *
 * It keeps programs apart from the host and does not hold out against root inside: a chroot can be left, devices that the image has
 * already can be opened, and there are no cgroups. For images that are trusted.
 *
 * The outer process namespace exists only to be ended: its first process never changes its user, so that the kernel keeps the promise
 * to kill it with its parent, and with it goes every process inside.
 */
export function chrootCommand(request: ChrootRequest): { command: string; args: string[] } {
  const { spec, mounts, complaints, done } = request;
  const namespaces = ['--mount', '--ipc', '--uts', '--pid', ...(spec.network === 'host' ? [] : ['--net'])];
  const args = [
    ...['--pdeathsig', 'KILL', '--', 'unshare', '--pid', '--fork', '--kill-child', '--'],
    ...['unshare', ...namespaces, '--propagation', 'slave', '--'],
    ...[
      'sh',
      '-c',
      WAITING_SHELL,
      'sh',
      'sh',
      '-c',
      CHROOT_SCRIPT,
      'sh',
      complaints,
      done,
      spec.hostname ?? '',
      spec.rootfs,
    ],
    ...chrootSteps(spec, mounts, request.console),
    '--',
    ...enterRoot(spec.rootfs, spec, request.process, request.unshare),
  ];
  return { command: 'setpriv', args };
}

/** The command that runs another process in the container whose first process is `pid`. */
export function chrootExecCommand(
  pid: number,
  rootfs: string,
  spec: ExecSpec,
  process: ResolvedProcess,
  unshare: string,
): { command: string; args: string[] } {
  const namespaces = ['--mount', '--ipc', '--uts', '--net', '--pid'];
  const args = ['--target', String(pid), ...namespaces, '--', ...enterRoot(rootfs, spec, process, unshare)];
  return { command: 'nsenter', args };
}

/** Leaves the host's user, capabilities, environment, session and root behind, in this order: each step still needs what comes later. */
function enterRoot(rootfs: string, spec: ExecSpec, { user, env }: ResolvedProcess, unshare: string): string[] {
  const kept = CAPABILITIES.map((name) => `+${name.slice('CAP_'.length).toLowerCase()}`);
  return [
    ...['setsid', ...(spec.tty === true ? ['--ctty'] : []), '--'],
    ...['setpriv', '--regid', String(user.gid), ...supplementary(user), '--inh-caps', '-all'],
    ...['--bounding-set', ['-all', ...kept].join(','), '--'],
    ...['env', '-i', '--', ...env],
    ...[unshare, '--root', rootfs, '--wd', spec.cwd, '--setuid', String(user.uid), '--', ...spec.args],
  ];
}

function supplementary({ groups }: ContainerUser): string[] {
  return groups.length === 0 ? ['--clear-groups'] : ['--groups', groups.join(',')];
}

function chrootSteps(spec: ProcessSpec, { binds }: MountPlan, console: string | undefined): string[] {
  const { rootfs } = spec;
  const dev = join(rootfs, 'dev');
  const inKernel = (mount: PlannedMount): boolean => /^\/(dev|proc|sys)(\/|$)/.test(mount.target);
  return [
    ...['mount', join(rootfs, 'proc'), 'proc', 'nosuid,noexec,nodev'],
    ...['mount', join(rootfs, 'sys'), 'sysfs', 'nosuid,noexec,nodev,ro'],
    ...['mount', dev, 'tmpfs', 'nosuid,strictatime,mode=755,size=65536k'],
    ...Object.entries(DEVICES).flatMap(([name, numbers]) => ['device', join(dev, name), ...numbers]),
    ...Object.entries(LINKS).flatMap(([name, target]) => ['link', join(dev, name), target]),
    ...['directory', join(dev, 'pts')],
    ...['mount', join(dev, 'pts'), 'devpts', 'nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5'],
    ...['directory', join(dev, 'shm')],
    ...['mount', join(dev, 'shm'), 'tmpfs', 'nosuid,noexec,nodev,mode=1777,size=65536k'],
    ...(console === undefined ? [] : ['file', join(dev, 'console'), 'bind', join(dev, 'console'), console]),
    ...READ_ONLY_PATHS.flatMap((path) => ['guard', join(rootfs, path)]),
    ...MASKED_PATHS.flatMap((path) => ['mask', join(rootfs, path)]),
    ...(spec.network === 'host' ? [] : ['loopback', 'lo']),
    ...(spec.readOnly === true ? ['read-only', rootfs] : []),
    ...binds.flatMap((mount) => bindSteps(rootfs, mount, inKernel(mount))),
  ];
}

/** Where a mount stands inside /dev or a volume its place may have to be made; those in the root exist already. */
function bindSteps(
  rootfs: string,
  { source, target, kind, readOnly, inRoot }: PlannedMount,
  inKernel: boolean,
): string[] {
  const path = join(rootfs, target);
  return [
    ...(inRoot && !inKernel ? [] : [kind, path]),
    ...['bind', path, source],
    ...(readOnly ? ['read-only', path] : []),
  ];
}
