// Brings a fresh clone to the point where its programs run: host packages, npm packages, a build.
// Plain JavaScript without dependencies: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const top = fileURLToPath(new URL('..', import.meta.url));

const PNPM_MAJOR = '10';

/** Debian packages, the program by which each is recognised, one that stands in its way, and what is lost without it. */
const HOST_PACKAGES = [
  {
    name: 'mmdebstrap',
    program: 'mmdebstrap',
    without: 'the demo takes its base layer from this host instead of a Debian root',
  },
  { name: 'xfsprogs', program: 'mkfs.xfs', without: 'nothing is tried on XFS' },
  { name: 'btrfs-progs', program: 'mkfs.btrfs', without: 'nothing is tried on btrfs' },
  { name: 'e2fsprogs', program: 'mkfs.ext4', without: 'nothing is tried on a fresh ext4' },
  { name: 'mount', program: 'mount', without: 'mounts are made by system calls only' },
  { name: 'zstd', program: 'zstd', without: 'layers compressed with zstd are refused' },
  { name: 'tar', program: 'tar', without: 'archives are not compared with those of GNU tar' },
  { name: 'attr', program: 'setfattr', without: 'tests do not cross-check extended attributes' },
  { name: 'acl', program: 'setfacl', without: 'tests do not cross-check access control lists' },
  { name: 'crun', program: 'crun', without: 'containers are run by runc or by chroot only' },
  // crun refuses hosts that have both versions of cgroups.
  { name: 'runc', program: 'runc', without: 'containers are run by crun or by chroot only' },
  { name: 'util-linux', program: 'setpriv', without: 'containers cannot be run without crun or runc' },
  { name: 'skopeo', program: 'skopeo', without: 'images do not go round through skopeo' },
  { name: 'podman', program: 'podman', without: 'images do not go round through podman' },
  { name: 'fuse-overlayfs', program: 'fuse-overlayfs', without: 'aufs is not measured against fuse-overlayfs' },
  { name: 'chromium', program: 'chromium', without: 'the page of benchmark reports is not tried in a browser' },
  // It cannot be installed beside OpenZFS, and apt-get would remove that for it.
  { name: 'zfs-fuse', program: 'zfs-fuse', unless: 'zfs', without: 'nothing is tried on ZFS' },
];

/** What only `graphdriver bench run --peer` needs: daemons that a host may not want, and that are never started by themselves. */
const PEER_PACKAGES = [
  { name: 'docker.io', program: 'dockerd', without: 'Docker is not measured' },
  { name: 'containerd', program: 'containerd', without: 'neither containerd nor Docker is measured' },
  { name: 'containers-storage', program: 'containers-storage', without: 'containers/storage is not measured' },
];

/** While this file says no, packages do not start the services that they bring. */
const SERVICE_POLICY = '/usr/sbin/policy-rc.d';

/**
 * Sets everything up, saying on stderr what it does.
 *
 * @param {{ install: boolean, build?: boolean }} options `install: false` leaves the host's packages alone.
 */
export function setUp({ install, build = true }) {
  requireNode();
  installHostPackages(install);
  say('Installing npm packages with pnpm');
  pnpm(['install', '--frozen-lockfile', '--prefer-offline', '--reporter=append-only', '--loglevel=warn']);
  if (!build) return;
  say('Building');
  turbo(['run', 'build', '--output-logs=errors-only']);
}

/** Installs the programs that are measured beside our drivers. */
export function setUpPeers() {
  installHostPackages(true, PEER_PACKAGES);
}

/** Runs turbo on the whole workspace; returns its exit status instead of failing where `mayFail`. */
export function turbo(args, { mayFail = false, env = {} } = {}) {
  const settings = ['--no-update-notifier', '--ui=stream', ...(args[0] === 'run' ? ['--cache=local:rw'] : [])];
  return pnpm(['exec', 'turbo', ...args, ...settings], { mayFail, env: { TURBO_TELEMETRY_DISABLED: '1', ...env } });
}

/** Prints one line of progress to stderr. */
export function say(line) {
  process.stderr.write(`graphdriver: ${line}\n`);
}

/** Says what is wrong and what to do, and ends with the exit code for a missing prerequisite. */
export function refuse(line) {
  say(line);
  process.exit(3);
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  refuse(`Node 20.19 or newer is needed, this is ${process.versions.node}.`);
}

function installHostPackages(install, packages = HOST_PACKAGES) {
  const missing = packages.filter(({ program, unless = program }) => !onPath(program) && !onPath(unless));
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name);
  const list = missing.map(({ name, without }) => `\n  ${name}: without it ${without}`).join('');
  if (!install || !isDebian() || process.getuid?.() !== 0) {
    const how = isDebian()
      ? `\nInstall them as root with: apt-get install ${names.join(' ')}`
      : '\nInstall them with the package manager of this system.';
    say(`These programs are missing:${list}${how}`);
    return;
  }
  say(`Installing from Debian with apt-get (leave it out with --no-install): ${names.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const quiet = ['-qq', '-o', 'Dpkg::Use-Pty=0'];
  spawnSync('apt-get', ['update', ...quiet], { stdio: ['ignore', 'ignore', 'inherit'], env });
  const result = withoutStartingServices(names, () =>
    spawnSync('apt-get', ['install', '--yes', '--no-install-recommends', ...quiet, ...names], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env,
    }),
  );
  if (result.status !== 0) say(`apt-get could not install all of them, so some things will be left out:${list}`);
}

/** The tests start zfs-fuse themselves, and there can be only one. */
function withoutStartingServices(names, action) {
  const ours = !existsSync(SERVICE_POLICY);
  if (ours) writeFileSync(SERVICE_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return action();
  } finally {
    if (ours) rmSync(SERVICE_POLICY);
    if (names.includes('zfs-fuse') && existsSync('/run/systemd/system'))
      spawnSync('systemctl', ['disable', 'zfs-fuse.service'], { stdio: 'ignore' });
  }
}

/** Runs pnpm 10: the one on the PATH, or the pinned one through npx. */
export function pnpm(args, { mayFail = false, quiet = false, env = {} } = {}) {
  const [command, ...before] = pnpmCommand();
  const result = spawnSync(command, [...before, ...args], {
    cwd: top,
    stdio: ['ignore', quiet ? 'ignore' : 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  if (result.error !== undefined) refuse(`${command} did not start: ${result.error.message}`);
  if (result.status !== 0 && !mayFail) {
    say(`pnpm ${args.join(' ')} failed.`);
    process.exit(result.status ?? 1);
  }
  return result.status ?? 1;
}

let foundPnpm;
function pnpmCommand() {
  if (foundPnpm !== undefined) return foundPnpm;
  const installed = spawnSync('pnpm', ['--version'], { cwd: top, encoding: 'utf8' });
  const pinned = JSON.parse(readFileSync(`${top}package.json`, 'utf8')).packageManager;
  foundPnpm =
    installed.status === 0 && installed.stdout.startsWith(`${PNPM_MAJOR}.`) ? ['pnpm'] : ['npx', '--yes', pinned];
  return foundPnpm;
}

function onPath(program) {
  const folders = [...(process.env.PATH ?? '').split(':'), '/sbin', '/usr/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(`${folder}/${program}`, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function isDebian() {
  return existsSync('/etc/debian_version');
}
