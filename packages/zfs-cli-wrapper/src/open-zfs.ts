import type { CallOptions } from './call-options.ts';
import type { ZfsCapabilities } from './capabilities.ts';
import { hostRunner } from './host-runner.ts';
import { assertDatasetName, assertSnapshotName } from './names.ts';
import type { RetryPolicy } from './retry.ts';
import { ZfsBookmarks } from './zfs-bookmarks.ts';
import { type CommandSettings, commandSettings, runCommand, ZfsCommands } from './zfs-commands.ts';
import { ZfsDatasets } from './zfs-datasets.ts';
import { type DiffEntry, parseDiffLine } from './zfs-diff.ts';
import { isZfsError, ZfsError } from './zfs-error.ts';
import { ZfsPools } from './zfs-pools.ts';
import { ZfsProperties } from './zfs-properties.ts';
import type { CommandName, ZfsRunner } from './zfs-runner.ts';
import { ZfsSnapshots } from './zfs-snapshots.ts';
import { ZfsStreams } from './zfs-streams.ts';
import { parsePoolVersion, parseZfsVersion, type ZfsVersion } from './zfs-version.ts';

/** Options of {@link openZfs}. */
export interface ZfsOptions {
  /** What runs the commands; this machine unless told. */
  readonly runner?: ZfsRunner;
  /** Milliseconds that a command may take unless its call says otherwise; 30,000 unless told, 0 for no limit. Streams have none. */
  readonly timeout?: number;
  /** How long to wait for what is busy; some three seconds unless told. `false`: not at all. */
  readonly retry?: RetryPolicy | false;
  readonly signal?: AbortSignal;
}

/** ZFS on one machine. It holds nothing open and needs no closing. */
export interface Zfs {
  readonly version: ZfsVersion;
  readonly capabilities: ZfsCapabilities;
  readonly datasets: ZfsDatasets;
  readonly snapshots: ZfsSnapshots;
  readonly bookmarks: ZfsBookmarks;
  readonly properties: ZfsProperties;
  readonly streams: ZfsStreams;
  readonly pools: ZfsPools;
  /**
   * What changed from a snapshot to a later one, or to the filesystem as it is now unless `to` is given. Not on zfs-fuse.
   *
   * @throws {ZfsError} while reading: `DATASET_NOT_FOUND`, `UNSUPPORTED`, `UNEXPECTED_OUTPUT`, `ABORTED`
   */
  diff(from: string, to?: string, options?: CallOptions): AsyncGenerator<DiffEntry, void, undefined>;
  /** Runs any other command and returns what it printed, with failures as everywhere. The arguments are the caller's care. */
  run(command: CommandName, args: readonly string[], options?: CallOptions): Promise<string>;
}

/**
 * Finds out which ZFS is there. Runs one command, or two on zfs-fuse.
 *
 * @throws {ZfsError} `NOT_INSTALLED`, `NOT_RUNNING`, `PERMISSION_DENIED`; `UNSUPPORTED` for ZFS on Linux before 0.8
 */
export async function openZfs(options: ZfsOptions = {}): Promise<Zfs> {
  const settings = commandSettings(options.runner ?? hostRunner(), options);
  const commands = new ZfsCommands(settings, await findVersion(settings, options));
  return {
    version: commands.version,
    capabilities: commands.capabilities,
    datasets: new ZfsDatasets(commands),
    snapshots: new ZfsSnapshots(commands),
    bookmarks: new ZfsBookmarks(commands),
    properties: new ZfsProperties(commands),
    streams: new ZfsStreams(commands),
    pools: new ZfsPools(commands),
    diff: (from, to, callOptions) => diffEntries(commands, from, to, callOptions),
    run: (command, args, callOptions) => commands.run(command, args, callOptions),
  };
}

/** `zfs version` is unknown to zfs-fuse, which tells by its pools how old it is. */
async function findVersion(settings: CommandSettings, { signal }: ZfsOptions): Promise<ZfsVersion> {
  const call = signal === undefined ? {} : { signal };
  try {
    const stdout = await runCommand(settings, 'zfs', ['version'], call);
    return parseZfsVersion(stdout) ?? unknownVersion(stdout);
  } catch (error) {
    if (!isZfsError(error, 'UNSUPPORTED') || error.details.exitCode === undefined) throw error;
  }
  const stdout = await runCommand(settings, 'zpool', ['upgrade', '-v'], call);
  return parsePoolVersion(stdout) ?? unknownVersion(stdout);
}

function unknownVersion(stdout: string): never {
  throw new ZfsError('UNSUPPORTED', `This version of ZFS is not known: ${JSON.stringify(stdout.slice(0, 200))}.`, {
    hint: 'OpenZFS 0.8 or later is needed, or zfs-fuse 0.7.',
  });
}

async function* diffEntries(
  zfs: ZfsCommands,
  from: string,
  to: string | undefined,
  options: CallOptions = {},
): AsyncGenerator<DiffEntry, void, undefined> {
  assertSnapshotName(from);
  if (to?.includes('@') === true) assertSnapshotName(to);
  else if (to !== undefined) assertDatasetName(to);
  zfs.require('diff', 'compare snapshots');
  let rest = '';
  // What is not ASCII is escaped.
  const decoder = new TextDecoder('latin1');
  for await (const piece of zfs.stream('zfs', ['diff', '-FHt', from, ...(to === undefined ? [] : [to])], options)) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield parseDiffLine(line);
  }
  if (rest !== '') yield parseDiffLine(rest);
}
