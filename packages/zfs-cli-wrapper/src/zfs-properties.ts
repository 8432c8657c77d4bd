import type { CallOptions } from './call-options.ts';
import { assertAnyName, assertPropertyName, assertPropertyValue } from './names.ts';
import type { SettableValue } from './property-kinds.ts';
import { PROPERTY_COLUMNS, type Properties, parsePropertyRows, propertiesOf } from './property-listing.ts';
import { writePropertyValue } from './property-value.ts';
import type { ZfsCommands } from './zfs-commands.ts';
import { isZfsError, ZfsError } from './zfs-error.ts';

/** Options of {@link ZfsProperties.inherit}. */
export interface InheritOptions extends CallOptions {
  /** In all descendants too. */
  readonly recursive?: boolean;
  /** Back to the received value, where there is one. */
  readonly received?: boolean;
}

/** The properties of datasets, snapshots and bookmarks. */
export class ZfsProperties {
  readonly #zfs: ZfsCommands;

  constructor(commands: ZfsCommands) {
    this.#zfs = commands;
  }

  /**
   * Reads some properties of a dataset. Runs one command.
   *
   * A property that the installed version does not have is left out.
   *
   * @throws {ZfsError} `DATASET_NOT_FOUND`, `INVALID_NAME`, `INVALID_PROPERTY`
   */
  async get<const Names extends readonly string[]>(
    dataset: string,
    names: Names,
    options: CallOptions = {},
  ): Promise<Partial<Properties<Names[number]>>> {
    const known = names.filter((name) => !this.#zfs.capabilities.missingProperties.has(name));
    for (const name of names) assertPropertyName(name);
    if (known.length === 0) return {};
    const found = await this.#read(dataset, known.join(','), options);
    return found as Partial<Properties<Names[number]>>; // Read by the kinds that the type is made of.
  }

  /** Reads all native properties and the user properties that are set. Runs one command. @throws {ZfsError} as `get` */
  async all(dataset: string, options: CallOptions = {}): Promise<Properties> {
    return await this.#read(dataset, 'all', options);
  }

  /**
   * Reads the value that a property was received with, also where it has been overridden since; `undefined` where it was not received.
   *
   * @throws {ZfsError} as `get`
   */
  async received(dataset: string, name: string, options: CallOptions = {}): Promise<string | undefined> {
    assertAnyName(dataset);
    assertPropertyName(name);
    const stdout = await this.#zfs.run('zfs', ['get', '-Hp', '-o', 'source,received', name, dataset], options);
    const value = stdout.replace(/\n$/, '').split('\t').slice(1).join('\t');
    return value === '-' || value === '' ? undefined : value;
  }

  /**
   * Sets properties: numbers in bytes, booleans as `on` and `off`, `null` for no limit.
   *
   * Atomic on OpenZFS. zfs-fuse takes one at a time: where one of several fails there, `details.applied` names those that were set.
   *
   * @throws {ZfsError} `DATASET_NOT_FOUND`, `INVALID_PROPERTY`, `QUOTA_EXCEEDED`, `OUT_OF_SPACE`, `READ_ONLY`
   */
  async set(
    dataset: string,
    values: Readonly<Record<string, SettableValue>>,
    options: CallOptions = {},
  ): Promise<void> {
    assertAnyName(dataset);
    const pairs = propertyPairs(values);
    if (pairs.length === 0) return;
    if (this.#zfs.capabilities.severalProperties) {
      await this.#zfs.run('zfs', ['set', ...pairs, dataset], options);
      return;
    }
    for (const [index, pair] of pairs.entries())
      await this.#setOne(dataset, pair, Object.keys(values).slice(0, index), options);
  }

  /** Takes a property from the parent, or its default; removes a user property. @throws {ZfsError} as `set` */
  async inherit(dataset: string, name: string, options: InheritOptions = {}): Promise<void> {
    assertAnyName(dataset);
    assertPropertyName(name);
    const flags = [...(options.recursive === true ? ['-r'] : []), ...(options.received === true ? ['-S'] : [])];
    await this.#zfs.run('zfs', ['inherit', ...flags, name, dataset], options);
  }

  async #setOne(dataset: string, pair: string, applied: readonly string[], options: CallOptions): Promise<void> {
    try {
      await this.#zfs.run('zfs', ['set', pair, dataset], options);
    } catch (error) {
      if (!isZfsError(error) || applied.length === 0) throw error;
      const hint = error.hint === undefined ? {} : { hint: error.hint };
      throw new ZfsError(error.code, error.message, { ...hint, cause: error, details: { ...error.details, applied } });
    }
  }

  async #read(dataset: string, names: string, options: CallOptions): Promise<Properties> {
    assertAnyName(dataset);
    const stdout = await this.#zfs.run('zfs', ['get', '-Hp', '-o', PROPERTY_COLUMNS, names, dataset], options);
    return propertiesOf(parsePropertyRows(stdout).filter((row) => row.dataset === dataset));
  }
}

/** `['quota=1024', …]`. Pure. @throws {ZfsError} `INVALID_PROPERTY` */
export function propertyPairs(values: Readonly<Record<string, SettableValue>>): string[] {
  return Object.entries(values).map(([name, value]) => {
    assertPropertyName(name);
    const text = writePropertyValue(name, value);
    assertPropertyValue(name, text);
    return `${name}=${text}`;
  });
}

/** `['-o', 'quota=1024', …]`. Pure. @throws {ZfsError} `INVALID_PROPERTY` */
export function propertyFlags(values: Readonly<Record<string, SettableValue>> = {}, flag = '-o'): string[] {
  return propertyPairs(values).flatMap((pair) => [flag, pair]);
}
