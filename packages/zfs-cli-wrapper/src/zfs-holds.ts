import type { CallOptions } from './call-options.ts';
import { assertHoldTag, assertSnapshotName } from './names.ts';
import type { ZfsCommands } from './zfs-commands.ts';
import { ZfsError } from './zfs-error.ts';

/** A tag that keeps a snapshot from being destroyed. */
export interface Hold {
  readonly snapshot: string;
  readonly tag: string;
  /** Precise to the minute. */
  readonly heldAt: Date;
}

/** Options of holding and releasing. */
export interface HoldOptions extends CallOptions {
  /** The snapshots of the same name of all descendants too. */
  readonly recursive?: boolean;
}

/** Holds on snapshots. */
export class ZfsHolds {
  readonly #zfs: ZfsCommands;

  constructor(commands: ZfsCommands) {
    this.#zfs = commands;
  }

  /** Keeps a snapshot from being destroyed until the tag is released. @throws {ZfsError} `DATASET_NOT_FOUND`, `HOLD_EXISTS` */
  async add(snapshot: string, tag: string, options: HoldOptions = {}): Promise<void> {
    await this.#tag('hold', snapshot, tag, options);
  }

  /** Takes a tag away. @throws {ZfsError} `DATASET_NOT_FOUND`, `HOLD_NOT_FOUND` */
  async release(snapshot: string, tag: string, options: HoldOptions = {}): Promise<void> {
    await this.#tag('release', snapshot, tag, options);
  }

  /** How many tags a snapshot has. Works on every version. @throws {ZfsError} `DATASET_NOT_FOUND` */
  async count(snapshot: string, options: CallOptions = {}): Promise<number> {
    assertSnapshotName(snapshot);
    return Number((await this.#zfs.run('zfs', ['get', '-Hp', '-o', 'value', 'userrefs', snapshot], options)).trim());
  }

  /** Lists the tags of a snapshot. @throws {ZfsError} `DATASET_NOT_FOUND`, `UNSUPPORTED` */
  async list(snapshot: string, options: HoldOptions = {}): Promise<Hold[]> {
    assertSnapshotName(snapshot);
    this.#zfs.require('listHolds', 'list holds');
    const flags = ['-H', ...(options.recursive === true ? ['-r'] : [])];
    return parseHolds(await this.#zfs.run('zfs', ['holds', ...flags, snapshot], options));
  }

  async #tag(verb: 'hold' | 'release', snapshot: string, tag: string, options: HoldOptions): Promise<void> {
    assertSnapshotName(snapshot);
    assertHoldTag(tag);
    await this.#zfs.run('zfs', [verb, ...(options.recursive === true ? ['-r'] : []), tag, snapshot], options);
  }
}

/** Reads what `zfs holds -H` prints: times in the C locale and the local time zone, without seconds. Pure. */
export function parseHolds(stdout: string): Hold[] {
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [snapshot, tag, time] = line.split('\t');
    const heldAt = new Date(time ?? '');
    if (snapshot === undefined || tag === undefined || Number.isNaN(heldAt.getTime()))
      throw new ZfsError('UNEXPECTED_OUTPUT', `zfs holds printed ${JSON.stringify(line)}.`);
    return { snapshot, tag, heldAt };
  });
}
