import { throwIfAborted } from '@graphdriver/core';
import { ownedCString } from './c-string.ts';
import { isErrno, toStorageError } from './errno.ts';
import { faultPoint } from './fault-point.ts';
import { displayPath, type FilePath } from './file-path.ts';
import { kernelAtLeast } from './kernel.ts';
import { inThread } from './libc.ts';
import { mountByDescriptors, mountNow } from './mount-classic.ts';
import { cloneMount } from './mount-clone.ts';
import { mountWithContext } from './mount-context.ts';
import { busyMount, mountError } from './mount-errors.ts';
import { flagBits, MOUNT_DATA_LIMIT, mountData } from './mount-options.ts';
import type { Mounter, MountFlag, MountRequest, UnmountOptions } from './mount-request.ts';
import { isMountPoint } from './mountinfo.ts';

const MNT_DETACH = 2;
const UMOUNT_NOFOLLOW = 8;

/** Mounts by mount(2), and by the calls of Linux 5.2 and later where options do not fit it. An overlay takes 0.2 ms. */
export class SyscallMounter implements Mounter {
  readonly route = 'syscall';

  async mount(request: MountRequest): Promise<void> {
    const what = `Could not mount ${request.type} at ${displayPath(request.target)}.`;
    throwIfAborted(request.signal, `Mounting ${request.type} at ${displayPath(request.target)}`);
    faultPoint('mount', request.target);
    try {
      await mountAny(request);
    } catch (error) {
      throw mountError(error, what, request.type);
    }
  }

  async bind(source: FilePath, target: FilePath, flags: readonly MountFlag[] = []): Promise<void> {
    faultPoint('mount', target);
    try {
      cloneMount(source, target, flags);
    } catch (error) {
      throw toStorageError(error, `Could not bind ${displayPath(source)} at ${displayPath(target)}.`);
    }
  }

  async unmount(target: FilePath, options: UnmountOptions = {}): Promise<void> {
    faultPoint('umount', target);
    const flags = UMOUNT_NOFOLLOW | (options.detach === true ? MNT_DETACH : 0);
    try {
      await inThread('umount2', 'umount', [ownedCString(target), flags], target);
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'ENOTDIR')) return;
      if (isErrno(error, 'EINVAL') && !isMountPoint(target)) return;
      throw isErrno(error, 'EBUSY')
        ? busyMount(target, error)
        : toStorageError(error, `Could not unmount ${displayPath(target)}.`);
    }
  }
}

async function mountAny(request: MountRequest): Promise<void> {
  const options = request.options ?? [];
  const data = mountData(request.type, options);
  if (data !== null && data.length <= MOUNT_DATA_LIMIT) return mountClassic(request, data);
  try {
    return mountWithContext(request);
  } catch (error) {
    // Before Linux 5.2 there are no contexts, before 6.8 overlay does not take its layers one by one.
    if (request.type !== 'overlay' || kernelAtLeast(6, 8) || !isErrno(error, 'ENOSYS', 'EINVAL')) throw error;
  }
  mountByDescriptors(request);
}

async function mountClassic(request: MountRequest, data: Buffer): Promise<void> {
  // An overlay is mounted in 0.2 ms. What has a journal to replay may take seconds.
  if (request.type === 'overlay' || request.type === 'tmpfs') return mountNow(request, data);
  const [source, target, type] = [request.source, request.target, request.type].map(ownedCString);
  const flags = flagBits(request.flags ?? []);
  await inThread(
    'mount',
    'mount',
    [source ?? null, target ?? null, type ?? null, flags, ownedCString(data)],
    request.target,
  );
}
