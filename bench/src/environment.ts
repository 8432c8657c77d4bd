import { readdir, readFile } from 'node:fs/promises';
import { cpus, freemem, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { filesystemOf, idleProcessors, kernelRelease, type MountEntry, readMounts, run } from '@graphdriver/host';

/** The machine and the software that a result was measured with: what must be equal before two results are compared. */
export interface Environment {
  readonly kernel: string;
  readonly architecture: string;
  /** Parameters of the kernel's overlay module by name, as in `metacopy: N`; empty without the module. */
  readonly overlayParameters: Readonly<Record<string, string>>;
  readonly cpu: {
    readonly model: string;
    readonly count: number;
    readonly governor: string | null;
    /**
     * What an idle processor does, as in `haltpoll, 200000 ns`: how long waking it up takes decides what a request to a FUSE server costs.
     * `null` where the kernel does not tell; not there in results of before it was asked.
     */
    readonly idle?: string | null;
  };
  /** Bytes. */
  readonly memory: { readonly total: number; readonly free: number };
  /** Means over 1, 5 and 15 minutes. Much more than 0 says that the machine was not at rest. */
  readonly load: readonly number[];
  readonly node: string;
  /** Versions of the packages that take part, by name. */
  readonly packages: Readonly<Record<string, string>>;
  /** What the commands that worked in mounts say of their versions, by name; not there where none did. */
  readonly tools?: Readonly<Record<string, string>>;
  /** The commit of the working copy that the program was started from, or `null`; `+` is added where it was changed. */
  readonly commit: string | null;
}

/** The file system of a directory. */
export interface FilesystemFacts {
  /** As in `ext4`. */
  readonly name: string;
  /** What is mounted there, as in `/dev/loop3`; `null` where the mount table does not say. */
  readonly source: string | null;
  readonly mountOptions: readonly string[];
  /** Bytes. */
  readonly free: number;
}

/** Looks at the machine. Takes some milliseconds; what cannot be found out is left empty. */
export async function readEnvironment(): Promise<Environment> {
  const [overlayParameters, governor, packages, commit] = await Promise.all([
    readDirectoryOfValues('/sys/module/overlay/parameters'),
    readValue('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'),
    packageVersions(),
    currentCommit(),
  ]);
  const processors = cpus();
  return {
    kernel: kernelRelease(),
    architecture: process.arch,
    overlayParameters,
    cpu: { model: processors[0]?.model ?? 'unknown', count: processors.length, governor, idle: idleWords() },
    memory: { total: totalmem(), free: freemem() },
    load: loadavg(),
    node: process.version,
    packages,
    commit,
  };
}

function idleWords(): string | null {
  const { driver, haltPoll } = idleProcessors();
  return haltPoll === null ? driver : `${driver}, ${haltPoll} ns`;
}

/** Says what a directory lies on. */
export function readFilesystem(directory: string): FilesystemFacts {
  const { name, freeBytes } = filesystemOf(directory);
  const mount = mountOf(readMounts(), directory);
  const mountOptions = mount === undefined ? [] : [...new Set([...mount.options, ...mount.superOptions])];
  return { name, source: mount?.source ?? null, mountOptions, free: freeBytes };
}

/** The last mount of the longest mount point that `path` lies under: the one that is seen there. */
export function mountOf(mounts: readonly MountEntry[], path: string): MountEntry | undefined {
  let best: MountEntry | undefined;
  for (const mount of mounts) {
    const prefix = mount.mountPoint === '/' ? '/' : `${mount.mountPoint}/`;
    if (!`${path}/`.startsWith(prefix)) continue;
    if (best === undefined || mount.mountPoint.length >= best.mountPoint.length) best = mount;
  }
  return best;
}

async function readDirectoryOfValues(directory: string): Promise<Record<string, string>> {
  const names = await readdir(directory).catch(() => []);
  const entries = await Promise.all(
    names.sort().map(async (name) => [name, await readValue(`${directory}/${name}`)] as const),
  );
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null));
}

async function readValue(path: string): Promise<string | null> {
  return readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => null,
  );
}

async function packageVersions(): Promise<Record<string, string>> {
  const names = [
    '@graphdriver/bench',
    '@graphdriver/core',
    '@graphdriver/driver-overlay2',
    '@graphdriver/driver-vfs',
    '@graphdriver/host',
    'benchmark',
  ];
  const entries = await Promise.all(names.map(async (name) => [name, await packageVersion(name)] as const));
  return Object.fromEntries(entries);
}

// A bundler writes the version of the program here that all packages of the project have become part of.
declare const BUNDLED_VERSION: string | undefined;

async function packageVersion(name: string): Promise<string> {
  if (typeof BUNDLED_VERSION === 'string' && name.startsWith('@graphdriver/')) return BUNDLED_VERSION;
  const manifest =
    name === '@graphdriver/bench'
      ? new URL('../package.json', import.meta.url).href
      : import.meta.resolve(`${name}/package.json`);
  const parsed: unknown = JSON.parse((await readValue(fileURLToPath(manifest))) ?? '{}');
  const version = (parsed as { version?: unknown }).version; // Any JSON value can be asked for a property but null, which no manifest is.
  return typeof version === 'string' ? version : 'unknown';
}

async function currentCommit(): Promise<string | null> {
  const here = fileURLToPath(new URL('..', import.meta.url));
  // An installed program lies in its user's working copy, and not in ours.
  if (here.includes('/node_modules/')) return null;
  try {
    const { stdout: commit } = await run('git', ['-C', here, 'rev-parse', 'HEAD'], { timeout: 5_000 });
    const { stdout: changes } = await run('git', ['-C', here, 'status', '--porcelain'], { timeout: 5_000 });
    return `${commit.trim()}${changes.trim() === '' ? '' : '+'}`;
  } catch {
    return null; // Not a working copy, or no git.
  }
}
