import type { BusyCallOptions, CallOptions } from './call-options.ts';
import { assertPoolName, assertPropertyName } from './names.ts';
import {
  POOL_COLUMNS,
  type Pool,
  type PoolProperty,
  parsePoolProperties,
  parsePoolPropertyTable,
  parsePools,
} from './pool.ts';
import { type Health, type PoolStatus, parsePoolStatus } from './pool-status.ts';
import type { SettableValue } from './property-kinds.ts';
import { type VdevSpec, vdevArgs } from './vdev.ts';
import type { ZfsCommands } from './zfs-commands.ts';
import { isZfsError, ZfsError } from './zfs-error.ts';
import { propertyFlags, propertyPairs } from './zfs-properties.ts';

/** Options of {@link ZfsPools.create}. */
export interface CreatePoolOptions extends CallOptions {
  /** Properties of the pool, such as `ashift`. */
  readonly properties?: Readonly<Record<string, SettableValue>>;
  /** Properties of its first filesystem, such as `compression`. */
  readonly filesystemProperties?: Readonly<Record<string, SettableValue>>;
  /** Where its first filesystem is mounted: an absolute path, `none` or `legacy`; `/NAME` unless told. */
  readonly mountpoint?: string;
  /** Also from devices that seem to be in use. */
  readonly force?: boolean;
}

/** Options of {@link ZfsPools.import}. */
export interface ImportOptions extends CallOptions {
  /** Where to look for devices; `/dev` unless told. */
  readonly directories?: readonly string[];
  /** Give it another name. */
  readonly newName?: string;
  /** Also where it seems to be in use by another machine. */
  readonly force?: boolean;
  /** Also if it was destroyed. */
  readonly destroyed?: boolean;
  /** Prefix all its mountpoints with this directory. */
  readonly altroot?: string;
  readonly properties?: Readonly<Record<string, SettableValue>>;
}

/** Options of {@link ZfsPools.importable}. */
export type ImportableOptions = CallOptions & Pick<ImportOptions, 'directories' | 'destroyed'>;

/** Pools. */
export class ZfsPools {
  readonly #zfs: ZfsCommands;

  constructor(commands: ZfsCommands) {
    this.#zfs = commands;
  }

  /** Lists the imported pools. Runs one command. */
  async list(options: CallOptions = {}): Promise<Pool[]> {
    return await this.#list([], options);
  }

  /** Reads one pool. @throws {ZfsError} `POOL_NOT_FOUND` */
  async get(name: string, options: CallOptions = {}): Promise<Pool> {
    assertPoolName(name);
    const pool = (await this.#list([name], options))[0];
    if (pool === undefined) throw new ZfsError('UNEXPECTED_OUTPUT', `zpool list did not print ${name}.`);
    return pool;
  }

  /** Tells whether a pool of this name is imported. */
  async exists(name: string, options: CallOptions = {}): Promise<boolean> {
    try {
      await this.get(name, options);
      return true;
    } catch (error) {
      if (isZfsError(error, 'POOL_NOT_FOUND')) return false;
      throw error;
    }
  }

  /** How well a pool is, in one word. @throws {ZfsError} `POOL_NOT_FOUND` */
  async health(name: string, options: CallOptions = {}): Promise<Health> {
    return (await this.get(name, options)).health;
  }

  /** What is wrong with pools, and how their devices are; all pools unless one is named. @throws {ZfsError} `POOL_NOT_FOUND` */
  async status(name?: string, options: CallOptions = {}): Promise<PoolStatus[]> {
    if (name !== undefined) assertPoolName(name);
    const flags = this.#zfs.capabilities.statusFullPaths ? ['-Pp'] : [];
    return parsePoolStatus(
      await this.#zfs.run('zpool', ['status', ...flags, ...(name === undefined ? [] : [name])], options),
    );
  }

  /** Makes a pool of devices or files. What is on them is lost. @throws {ZfsError} `POOL_EXISTS`, `DEVICE_UNUSABLE`, `INVALID_NAME`, `INVALID_PROPERTY` */
  async create(name: string, devices: VdevSpec, options: CreatePoolOptions = {}): Promise<void> {
    assertPoolName(name);
    const flags = [
      ...(options.force === true ? ['-f'] : []),
      ...propertyFlags(options.properties),
      ...propertyFlags(options.filesystemProperties, '-O'),
      ...(options.mountpoint === undefined ? [] : ['-m', options.mountpoint]),
    ];
    await this.#zfs.run('zpool', ['create', ...flags, name, ...vdevArgs(devices)], options);
  }

  /** Destroys a pool and all that is in it. @throws {ZfsError} `POOL_NOT_FOUND`, `POOL_BUSY`, `DATASET_BUSY` */
  async destroy(name: string, options: BusyCallOptions & { readonly force?: boolean } = {}): Promise<void> {
    await this.#leave('destroy', name, options);
  }

  /** Unmounts a pool and lets go of its devices. @throws {ZfsError} `POOL_NOT_FOUND`, `POOL_BUSY`, `DATASET_BUSY` */
  async export(name: string, options: BusyCallOptions & { readonly force?: boolean } = {}): Promise<void> {
    await this.#leave('export', name, options);
  }

  /** Imports a pool by its name or numeric id. @throws {ZfsError} `POOL_NOT_FOUND`, `POOL_EXISTS`, `POOL_BUSY`, `POOL_UNAVAILABLE` */
  async import(pool: string, options: ImportOptions = {}): Promise<void> {
    if (!/^\d+$/.test(pool)) assertPoolName(pool);
    if (options.newName !== undefined) assertPoolName(options.newName);
    const flags = [
      ...searchFlags(options),
      ...(options.force === true ? ['-f'] : []),
      ...(options.altroot === undefined ? [] : ['-R', options.altroot]),
      ...propertyFlags(options.properties),
    ];
    const names = [pool, ...(options.newName === undefined ? [] : [options.newName])];
    await this.#zfs.run('zpool', ['import', ...flags, ...names], options);
  }

  /** Looks for pools that could be imported. */
  async importable(options: ImportableOptions = {}): Promise<PoolStatus[]> {
    try {
      return parsePoolStatus(await this.#zfs.run('zpool', ['import', ...searchFlags(options)], options));
    } catch (error) {
      // OpenZFS calls it a failure to have found nothing.
      if (
        isZfsError(error, 'POOL_NOT_FOUND') ||
        (isZfsError(error) && /no pools available/.test(error.details.stderr ?? ''))
      )
        return [];
      throw error;
    }
  }

  /** Starts to read and repair everything, stops it, or pauses it. Returns at once. @throws {ZfsError} `POOL_NOT_FOUND`, `POOL_UNAVAILABLE`; `UNSUPPORTED` for pausing on zfs-fuse */
  async scrub(name: string, action: 'start' | 'stop' | 'pause' = 'start', options: CallOptions = {}): Promise<void> {
    assertPoolName(name);
    if (action === 'pause') this.#zfs.require('pauseScrub', 'pause a scrub');
    const flag = { start: [], stop: ['-s'], pause: ['-p'] }[action];
    await this.#zfs.run('zpool', ['scrub', ...flag, name], options);
  }

  /** Reads properties of a pool; all unless some are named. @throws {ZfsError} `POOL_NOT_FOUND`, `INVALID_PROPERTY` */
  async properties(
    name: string,
    names: readonly string[] = ['all'],
    options: CallOptions = {},
  ): Promise<Map<string, PoolProperty>> {
    assertPoolName(name);
    for (const property of names) assertPropertyName(property);
    const exact = this.#zfs.capabilities.exactPoolSizes;
    const stdout = await this.#zfs.run('zpool', ['get', ...(exact ? ['-Hp'] : []), names.join(','), name], options);
    return exact ? parsePoolProperties(stdout) : parsePoolPropertyTable(stdout);
  }

  /** Sets properties of a pool, one after another. @throws {ZfsError} `POOL_NOT_FOUND`, `INVALID_PROPERTY` */
  async setProperties(
    name: string,
    values: Readonly<Record<string, SettableValue>>,
    options: CallOptions = {},
  ): Promise<void> {
    assertPoolName(name);
    for (const pair of propertyPairs(values)) await this.#zfs.run('zpool', ['set', pair, name], options);
  }

  async #leave(
    verb: 'destroy' | 'export',
    name: string,
    options: BusyCallOptions & { readonly force?: boolean },
  ): Promise<void> {
    assertPoolName(name);
    await this.#zfs.runPatiently('zpool', [verb, ...(options.force === true ? ['-f'] : []), name], options);
  }

  async #list(names: readonly string[], options: CallOptions): Promise<Pool[]> {
    const exact = this.#zfs.capabilities.exactPoolSizes;
    const columns = exact ? POOL_COLUMNS : POOL_COLUMNS.filter((column) => column !== 'fragmentation');
    const args = ['list', exact ? '-Hp' : '-H', '-o', columns.join(','), ...names];
    return parsePools(await this.#zfs.run('zpool', args, options), exact);
  }
}

function searchFlags({ directories = [], destroyed }: Pick<ImportOptions, 'directories' | 'destroyed'>): string[] {
  for (const directory of directories)
    if (!directory.startsWith('/'))
      throw new ZfsError('INVALID_NAME', `${JSON.stringify(directory)} is no absolute path.`);
  return [...directories.flatMap((directory) => ['-d', directory]), ...(destroyed === true ? ['-D'] : [])];
}
