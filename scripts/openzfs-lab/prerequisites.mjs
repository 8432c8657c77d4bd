// What a build needs of the host, and how to get it. Nothing is installed unless asked for.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { LabError, MISSING, say } from './say.mjs';

/** Debian packages with a file by which each is recognised, for each part of the lab. */
const NEEDED = {
  guest: [
    ['mmdebstrap', '/usr/bin/mmdebstrap'],
    ['kmod', '/sbin/depmod'],
  ],
  modules: [
    ['gcc', '/usr/bin/gcc'],
    ['make', '/usr/bin/make'],
    ['bc', '/usr/bin/bc'],
    ['flex', '/usr/bin/flex'],
    ['bison', '/usr/bin/bison'],
    ['libelf-dev', '/usr/include/libelf.h'],
    ['kmod', '/sbin/depmod'],
  ],
};

/** @throws {LabError} where something is missing and may not be installed, or could not be */
export function requireHost(parts, { install }) {
  if (process.platform !== 'linux' || process.arch !== 'x64' || !existsSync('/etc/debian_version'))
    throw new LabError('The lab is built on 64-bit Debian, from its packages.', MISSING);
  if (process.getuid() !== 0)
    throw new LabError('Building the lab needs root, for the files of the guest belong to it.', MISSING);
  const missing = missingPackages(parts);
  if (missing.length === 0) return;
  const remedy = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  if (!install)
    throw new LabError(
      `These packages are missing: ${missing.join(', ')}.\nRun: ${remedy}\nor add --install.`,
      MISSING,
    );
  say(`Installing from Debian: ${missing.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const quiet = ['-qq', '-o', 'Dpkg::Use-Pty=0'];
  const stdio = ['ignore', 'ignore', 'inherit'];
  spawnSync('apt-get', ['update', ...quiet], { stdio, env });
  spawnSync('apt-get', ['install', '--yes', '--no-install-recommends', ...quiet, ...missing], { stdio, env });
  const still = missingPackages(parts);
  if (still.length > 0) throw new LabError(`apt-get could not install ${still.join(', ')}.\nTry: ${remedy}`, MISSING);
}

function missingPackages(parts) {
  const needed = new Map(parts.flatMap((part) => NEEDED[part]));
  return [...needed].filter(([, file]) => !existsSync(file)).map(([name]) => name);
}
