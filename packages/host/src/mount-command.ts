import { StorageError, throwIfAborted } from '@graphdriver/core';
import { toStorageError } from './errno.ts';
import { displayPath, type FilePath, pathText } from './file-path.ts';
import { flagsOfMount } from './mount-clone.ts';
import { busyMount } from './mount-errors.ts';
import { MOUNT_DATA_LIMIT, mountData } from './mount-options.ts';
import type { Mounter, MountFlag, MountRequest, UnmountOptions } from './mount-request.ts';
import { isMountPoint } from './mountinfo.ts';
import { run } from './run.ts';
import { shortPaths } from './short-paths.ts';

// Without it mount 2.39 and later uses fsconfig(2), which takes no lowerdir over 255 bytes.
const ENVIRONMENT = { LIBMOUNT_FORCE_MOUNT2: 'always' };

/** Mounts by the commands mount and umount (util-linux), some 5 ms each. Paths must be UTF-8, for they are arguments. */
export class CommandMounter implements Mounter {
  readonly route = 'command';

  async mount(request: MountRequest): Promise<void> {
    throwIfAborted(request.signal, `Mounting ${request.type} at ${displayPath(request.target)}`);
    const [source, target] = [argument(request.source), argument(request.target)];
    const options = request.options ?? [];
    const data = dataArgument(request, options);
    if (data !== undefined) return mountCommand(request, source, target, data);
    if (request.type !== 'overlay') throw unsayable(request);
    try {
      using short = shortPaths(options);
      const shortened = dataArgument(request, short.options);
      if (shortened === undefined) throw unsayable(request);
      await mountCommand(request, source, target, shortened, short.directory);
    } catch (error) {
      throw toStorageError(error, `Could not mount ${request.type} at ${target}.`);
    }
  }

  async bind(source: FilePath, target: FilePath, flags: readonly MountFlag[] = []): Promise<void> {
    const [from, to] = [argument(source), argument(target)];
    await run('mount', ['-n', '-c', '--bind', '--', from, to]);
    try {
      await run('mount', ['-n', '-c', '--make-private', '--', to]);
      if (flags.length === 0) return;
      const all = new Set([...flags, ...flagsOfMount(target)]);
      await run('mount', ['-n', '-c', '-o', ['remount', 'bind', ...all].join(','), '--', to]);
    } catch (error) {
      await this.unmount(target, { detach: true });
      throw error;
    }
  }

  async unmount(target: FilePath, options: UnmountOptions = {}): Promise<void> {
    const path = argument(target);
    if (!isMountPoint(target)) return;
    try {
      await run('umount', ['-n', '-c', ...(options.detach === true ? ['-l'] : []), '--', path], {
        timeout: UNMOUNT_TIMEOUT,
      });
    } catch (error) {
      if (!isMountPoint(target)) return;
      throw isBusy(error) ? busyMount(target, error) : error;
    }
  }
}

// Unmounting writes back what is dirty, which can be gigabytes.
const UNMOUNT_TIMEOUT = 600_000;

async function mountCommand(
  request: MountRequest,
  source: string,
  target: string,
  data: string,
  cwd?: string,
): Promise<void> {
  const options = [...(request.flags ?? []), ...(data === '' ? [] : [data])].join(',');
  const args = ['-n', '-c', '-t', request.type, ...(options === '' ? [] : ['-o', options]), '--', source, target];
  await run('mount', args, { env: ENVIRONMENT, ...(cwd === undefined ? {} : { cwd }) });
}

/**
 * The options as an argument, or `undefined` where they are too long for it, or cannot be said in it: mount takes `\,` for a comma
 * even where the first backslash of a pair was meant, and a double quote for the start of a quoted part.
 */
function dataArgument(request: MountRequest, options: MountRequest['options']): string | undefined {
  const data = mountData(request.type, options ?? []);
  if (data === null || data.length > MOUNT_DATA_LIMIT) return undefined;
  const text = pathText(data);
  return text === undefined || /["\n]|\\\\(?:,|$)/.test(text) ? undefined : text;
}

function argument(path: FilePath): string {
  const text = pathText(path);
  if (text !== undefined) return text;
  throw new StorageError('UNSUPPORTED', `${displayPath(path)} is no UTF-8 and cannot be an argument of a command.`, {
    hint: 'Mount by system calls (mountWith: syscall), which take any bytes.',
  });
}

function unsayable(request: MountRequest): StorageError {
  return new StorageError(
    'UNSUPPORTED',
    `The options of ${request.type} at ${displayPath(request.target)} cannot be given to the mount command.`,
    {
      hint: 'Mount by system calls (mountWith: syscall), which take any bytes.',
    },
  );
}

function isBusy(error: unknown): boolean {
  return error instanceof StorageError && /\bbusy\b/.test(String(error.details['stderr']));
}
