// Debian packages without touching the host's apt: lists, sources and cache lie in the build's own folder.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { logged, output } from './command.mjs';
import { places, SUITE } from './places.mjs';
import { LabError } from './say.mjs';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const DEFAULT_MIRROR = 'http://deb.debian.org/debian';

/** The sources of the guest's release; the OpenZFS packages are in `contrib`, and new enough only in the backports. */
export function sources({ backports }) {
  const components = backports ? 'main contrib' : 'main';
  const suites = [SUITE, `${SUITE}-updates`, ...(backports ? [`${SUITE}-backports`] : [])].join(' ');
  const mirror = debianMirror();
  return [
    source(mirror, suites, components),
    source(mirror.replace(/\/debian\/?$/, '/debian-security'), `${SUITE}-security`, components),
  ].join('\n');
}

function source(uri, suites, components) {
  return `Types: deb\nURIs: ${uri}\nSuites: ${suites}\nComponents: ${components}\nSigned-By: ${KEYRING}\n`;
}

/** Where this host gets Debian from, so that a mirror nearby is used for the guest as well. */
function debianMirror() {
  const folder = '/etc/apt/sources.list.d';
  const files = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  for (const file of ['/etc/apt/sources.list', ...files].filter((name) => existsSync(name))) {
    const found = /(?:^URIs:|^deb(?: \[[^\]]*\])?)\s+(\S+\/debian\/?)(?:\s|$)/m.exec(readFileSync(file, 'utf8'));
    if (found !== null) return found[1];
  }
  return DEFAULT_MIRROR;
}

/** Fetches the lists of packages. */
export function updateLists() {
  const base = join(places.work, 'apt');
  for (const folder of ['parts', 'lists/partial', 'cache/archives/partial'])
    mkdirSync(join(base, folder), { recursive: true });
  writeFileSync(join(base, 'parts/lab.sources'), sources({ backports: true }));
  logged('apt-get', ['update', '-qq', ...options()]);
}

/** Downloads packages, each as `name` or `name=version`, into `folder`. */
export function download(folder, names) {
  mkdirSync(folder, { recursive: true });
  logged('apt-get', ['download', '-qq', ...options(), ...names], { cwd: folder });
}

/** The newest version of a package that starts with `prefix`. @throws {LabError} naming those that there are */
export function versionOf(name, prefix) {
  const versions = output('apt-cache', ['madison', ...options(), name])
    .split('\n')
    .map((line) => line.split('|')[1]?.trim())
    .filter((version) => version !== undefined);
  const found = versions.find((version) => version.startsWith(prefix));
  if (found !== undefined) return found;
  throw new LabError(`Debian has no ${name} ${prefix}*, only: ${[...new Set(versions)].join(', ') || 'none at all'}.`);
}

function options() {
  const base = join(places.work, 'apt');
  const settings = {
    'Dir::Etc::SourceList': '/dev/null',
    'Dir::Etc::SourceParts': join(base, 'parts'),
    'Dir::State::Lists': join(base, 'lists'),
    'Dir::Cache': join(base, 'cache'),
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
  };
  return Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
}
