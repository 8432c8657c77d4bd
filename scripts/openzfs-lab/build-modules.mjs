// spl.ko and zfs.ko for the guest's kernel, from Debian's packages of both sources.
import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { download, versionOf } from './apt.mjs';
import { kernelIn } from './build-guest.mjs';
import { logged, output } from './command.mjs';
import { LINUX, OPENZFS, partFacts, places } from './places.mjs';
import { symbolVersions } from './symbol-versions.mjs';

const MODULES = ['spl.ko', 'zfs.ko'];

const debs = () => join(places.work, 'source-debs');
const linux = () => join(places.work, `linux-source-${LINUX}`);
const zfs = () => join(places.work, `zfs-dkms/usr/src/zfs-${OPENZFS}`);

// Both builds ask `uname` otherwise, and take the guest for the host.
const GUEST = { KERNEL_ARCH: 'um' };

export const MODULES_STEPS = [
  { name: 'download', what: 'Downloading the sources of Linux and OpenZFS (140 MB)', run: downloadSources },
  { name: 'linux', what: 'Preparing the kernel source', run: prepareLinux },
  { name: 'configure', what: 'Configuring OpenZFS (a minute or two)', run: configure },
  { name: 'make', what: 'Compiling OpenZFS (2 to 10 minutes)', run: compile },
];

function downloadSources() {
  rmSync(debs(), { recursive: true, force: true });
  const { linux: release } = partFacts('guest');
  const source = `linux-source-${LINUX}`;
  download(debs(), [
    `zfs-dkms=${versionOf('zfs-dkms', `${OPENZFS}-`)}`,
    `${source}=${versionOf(source, `${release}-`)}`,
  ]);
}

function prepareLinux({ jobs }) {
  for (const folder of [linux(), join(places.work, 'zfs-dkms')]) rmSync(folder, { recursive: true, force: true });
  logged('dpkg', ['-x', deb('zfs-dkms'), join(places.work, 'zfs-dkms')]);
  const tarball = `./usr/src/linux-source-${LINUX}.tar.xz`;
  const unpack = 'dpkg-deb --fsys-tarfile "$1" | tar -xO "$2" | tar -xJ -C "$3"';
  logged('sh', ['-c', unpack, 'sh', deb('linux-source'), tarball, places.work]);
  const kernel = kernelIn(places.guest);
  writeFileSync(join(linux(), '.config'), output(kernel, ['--showconfig']));
  logged('make', ['-s', 'ARCH=um', 'olddefconfig'], { cwd: linux() });
  logged('make', ['-s', `-j${jobs}`, 'ARCH=um', 'modules_prepare'], { cwd: linux() });
  writeFileSync(join(linux(), 'Module.symvers'), symbolVersions(kernel));
}

function configure() {
  const source = [`--with-linux=${linux()}`, `--with-linux-obj=${linux()}`];
  const options = ['--disable-dependency-tracking', '--prefix=/usr', '--with-config=kernel', ...source];
  logged('./configure', options, { cwd: zfs(), env: GUEST });
}

/** A second run goes on where the first was cut short: make sees what is there. */
function compile({ jobs }) {
  logged('make', ['-s', `-j${jobs}`], { cwd: zfs(), env: GUEST });
  const staged = join(places.work, 'modules-staged');
  rmSync(staged, { recursive: true, force: true });
  mkdirSync(staged);
  for (const name of MODULES) copyFileSync(join(zfs(), 'module', name), join(staged, name));
  logged('strip', ['-g', ...MODULES], { cwd: staged });
  const facts = { linux: partFacts('guest').linux, openzfs: deb('zfs-dkms').split('_')[1] };
  writeFileSync(join(staged, 'facts.json'), `${JSON.stringify(facts)}\n`);
}

function deb(name) {
  const found = readdirSync(debs()).find((file) => file.startsWith(name));
  return join(debs(), found ?? `${name}.deb`);
}
