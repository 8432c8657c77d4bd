// The guest: Debian's user-mode-linux kernel, and a Debian root with the programs that make and check file systems.
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { download, sources, versionOf } from './apt.mjs';
import { logged, output } from './command.mjs';
import { OPENZFS, places, SUITE } from './places.mjs';
import { LabError } from './say.mjs';

/** The commands of OpenZFS and their libraries, whose version must be that of the module. */
const ZFS_PACKAGES = ['zfsutils-linux', 'libzfs6linux', 'libzpool6linux', 'libnvpair3linux', 'libuutil3linux'];

const ROOT_PACKAGES = [
  // What the commands of OpenZFS are linked with, and node.
  ...['libblkid1', 'libtirpc3', 'libudev1', 'libssl3', 'libstdc++6'],
  ...['kmod', 'xfsprogs', 'btrfs-progs', 'e2fsprogs', 'mount', 'fuse3'],
  ...['tar', 'zstd', 'attr', 'acl', 'quota', 'strace', 'procps'],
];

const debs = () => join(places.work, 'debs');
const staged = () => join(places.work, 'guest-staged');

/** The kernel's program in a folder of the lab. */
export const kernelIn = (folder) => join(folder, 'linux.uml');

export const GUEST_STEPS = [
  { name: 'download', what: 'Downloading the kernel and the commands of OpenZFS', run: downloadPackages },
  { name: 'root', what: 'Making the Debian root of the guest (half a minute)', run: makeRoot },
  { name: 'assemble', what: 'Adding kernel modules and OpenZFS to it', run: assemble },
];

function downloadPackages() {
  rmSync(debs(), { recursive: true, force: true });
  const version = versionOf('zfsutils-linux', `${OPENZFS}-`);
  download(debs(), ['user-mode-linux', ...ZFS_PACKAGES.map((name) => `${name}=${version}`)]);
}

function makeRoot() {
  const root = join(staged(), 'root');
  removeUnmounted(staged());
  mkdirSync(staged(), { recursive: true });
  const list = join(places.work, 'guest.sources');
  writeFileSync(list, sources({ backports: false }));
  const include = `--include=${ROOT_PACKAGES.join(',')}`;
  const options = ['--variant=minbase', '--mode=root', '--aptopt=Acquire::Languages "none"', include];
  // Mounts that it makes in the root, of /dev and others, are seen by nobody else and go with it, also when it is killed.
  const apart = ['--mount', '--propagation', 'private'];
  logged('unshare', [...apart, 'mmdebstrap', ...options, SUITE, root, list]);
}

/** Removes a folder in which nothing is mounted: what is would be emptied with it. */
function removeUnmounted(folder) {
  const mounted = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .find((path) => path.startsWith(`${folder}/`));
  if (mounted !== undefined) throw new LabError(`${mounted} is mounted. Unmount it, and build again.`);
  rmSync(folder, { recursive: true, force: true });
}

function assemble() {
  const root = join(staged(), 'root');
  const unpacked = join(places.work, 'user-mode-linux');
  rmSync(unpacked, { recursive: true, force: true });
  logged('dpkg', ['-x', deb('user-mode-linux'), unpacked]);
  copyFileSync(join(unpacked, 'usr/bin/linux.uml'), kernelIn(staged()));
  const release = output(kernelIn(staged()), ['--version']).trim();
  const modules = join(root, 'usr/lib/modules');
  mkdirSync(modules, { recursive: true });
  cpSync(join(unpacked, 'usr/lib/uml/modules', release), join(modules, release), { recursive: true });
  logged('/sbin/depmod', ['-b', root, release]);
  // The packages still have /sbin and /lib, which in the root are links to those in /usr: tar keeps them.
  for (const name of ZFS_PACKAGES)
    logged('sh', [
      '-c',
      'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2"',
      'sh',
      deb(name),
      root,
    ]);
  logged('/sbin/ldconfig', ['-r', root]);
  copyFileSync(join(places.here, 'guest-init.sh'), join(root, 'guest-init'));
  const facts = { linux: release, openzfs: deb('zfsutils-linux').split('_')[1] };
  writeFileSync(join(staged(), 'facts.json'), `${JSON.stringify(facts)}\n`);
}

function deb(name) {
  const found = readdirSync(debs()).find((file) => file.startsWith(`${name}_`));
  return join(debs(), found ?? `${name}_missing.deb`);
}
