import type { BusyCallOptions, CallOptions } from './call-options.ts';
import { assertDatasetName } from './names.ts';
import type { ZfsCommands } from './zfs-commands.ts';
import { isZfsError, ZfsError } from './zfs-error.ts';

/** Options of mounting. */
export interface MountOptions extends CallOptions {
  /** For this mount only: `ro`, `noexec`, `nosuid`, `nodev`. */
  readonly flags?: readonly ('ro' | 'rw' | 'exec' | 'noexec' | 'suid' | 'nosuid' | 'dev' | 'nodev')[];
}

/** Options of unmounting. */
export interface UnmountOptions extends BusyCallOptions {
  /** Also where files are open. */
  readonly force?: boolean;
}

/** A mounted filesystem. */
export interface ZfsMount {
  readonly dataset: string;
  readonly path: string;
}

/** @internal */
export async function mounting(zfs: ZfsCommands, name: string, options: MountOptions): Promise<void> {
  assertDatasetName(name);
  const flags = options.flags === undefined || options.flags.length === 0 ? [] : ['-o', options.flags.join(',')];
  await unless(/already mounted/, zfs.run('zfs', ['mount', ...flags, name], options));
}

/** @internal */
export async function unmounting(zfs: ZfsCommands, name: string, options: UnmountOptions): Promise<void> {
  assertDatasetName(name);
  const args = ['unmount', ...(options.force === true ? ['-f'] : []), name];
  await unless(/not (currently )?mounted/, zfs.runPatiently('zfs', args, options));
}

/** Reads what `zfs mount` prints: names padded to thirty columns, then two spaces and an absolute path. Pure. */
export function parseMounts(stdout: string): ZfsMount[] {
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const match = /^(.+?) {2,}(\/.*)$/.exec(line);
    if (match === null) throw new ZfsError('UNEXPECTED_OUTPUT', `zfs mount printed ${JSON.stringify(line)}.`);
    return { dataset: match[1] ?? '', path: match[2] ?? '' };
  });
}

/** What is already as it was wanted is no failure. */
async function unless(said: RegExp, command: Promise<string>): Promise<void> {
  try {
    await command;
  } catch (error) {
    if (!isZfsError(error, 'COMMAND_FAILED', 'DATASET_BUSY') || !said.test(error.details.stderr ?? '')) throw error;
  }
}
