import { spawn } from 'node:child_process';
import type { MountRoute } from '@graphdriver/core';
import { ownedCString } from './c-string.ts';
import { isErrno, toStorageError } from './errno.ts';
import { faultPoint } from './fault-point.ts';
import { displayPath, type FilePath, pathText } from './file-path.ts';
import { inThread, libcRefusal } from './libc.ts';
import { createMounter } from './mount.ts';
import { busyMount } from './mount-errors.ts';
import type { MountFlag, MountOption } from './mount-request.ts';
import { mountsUnder } from './mountinfo.ts';
import { failed, missing, run } from './run.ts';

/** A connection of /dev/fuse to be mounted. */
export interface FuseMountRequest {
  /** The descriptor of `FuseDevice`. */
  readonly device: number;
  /** An existing directory. */
  readonly target: FilePath;
  /** What stands in the mount table as the device. */
  readonly source: FilePath;
  /** What stands there behind `fuse.`. */
  readonly subtype?: string;
  readonly flags?: readonly MountFlag[];
  /** `rootmode`, `user_id`, `group_id` are needed; see fuse(4). */
  readonly options: readonly MountOption[];
}

/**
 * Mounts a connection. It answers no request meanwhile and needs none to be answered: the kernel asks for INIT afterwards.
 *
 * The command gets the descriptor as its own number 3, with `-i` so that no helper program of libfuse comes in between.
 *
 * @throws {StorageError} `PERMISSION_DENIED`, `PREREQUISITE_MISSING`, `SYSTEM_CALL_FAILED`, `COMMAND_FAILED`
 */
export async function mountFuse(request: FuseMountRequest, route: MountRoute = 'auto'): Promise<void> {
  const type = request.subtype === undefined ? 'fuse' : `fuse.${request.subtype}`;
  const { source, target, flags = [] } = request;
  if (usesSystemCalls(route)) {
    const options: MountOption[] = [['fd', `${request.device}`], ...request.options];
    return await createMounter('syscall').mount({ type, source, target, flags, options });
  }
  const words = [...flags, 'fd=3', ...request.options.map(optionText)].join(',');
  const args = ['-i', '-n', '-c', '-t', type, '-o', words, '--', argument(source), argument(target)];
  await runWithDevice('mount', args, request.device);
}

/**
 * Unmounts without asking the mounted file system anything in this thread, which may be the one that has to answer.
 * Nothing mounted is no error.
 *
 * @throws {StorageError} `LAYER_IN_USE` while files in it are open and `detach` was not asked for
 */
export async function unmountFuse(
  target: FilePath,
  { detach = false, route = 'auto' }: { readonly detach?: boolean; readonly route?: MountRoute } = {},
): Promise<void> {
  try {
    if (usesSystemCalls(route)) {
      faultPoint('umount', target);
      await inThread('umount2', 'umount', [ownedCString(target), UMOUNT_NOFOLLOW | (detach ? MNT_DETACH : 0)], target);
    } else {
      await run('umount', ['-n', '-c', '-i', ...(detach ? ['-l'] : []), '--', argument(target)]);
    }
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR') || !isMounted(target)) return;
    if (isErrno(error, 'EBUSY') || /\bbusy\b/.test(String(error))) throw busyMount(target, error);
    throw toStorageError(error, `Could not unmount ${displayPath(target)}.`);
  }
}

const MNT_DETACH = 2;
const UMOUNT_NOFOLLOW = 8;

function usesSystemCalls(route: MountRoute): boolean {
  return route === 'syscall' || (route === 'auto' && libcRefusal() === undefined);
}

/** By the table alone: stat(2) would ask the file system. */
function isMounted(target: FilePath): boolean {
  return mountsUnder(target).length > 0;
}

function optionText([key, value]: MountOption): string {
  return value === undefined ? key : `${key}=${argument(value)}`;
}

function argument(path: FilePath): string {
  const text = pathText(path);
  if (text === undefined)
    throw new TypeError(`${displayPath(path)} is no UTF-8 and cannot be an argument of a command.`);
  return text;
}

function runWithDevice(command: string, args: readonly string[], device: number): Promise<void> {
  faultPoint(command);
  return new Promise((resolve, reject) => {
    const env = { ...process.env, LC_ALL: 'C', LIBMOUNT_FORCE_MOUNT2: 'always' };
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe', device], env });
    let stderr = '';
    child.stderr?.on('data', (text: Buffer) => {
      stderr += text;
    });
    child.once('error', (error) => reject(isErrno(error, 'ENOENT') ? missing(command, error) : error));
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(failed(command, args, { exitCode: code ?? undefined, signal: signal ?? undefined, stderr }));
    });
  });
}
