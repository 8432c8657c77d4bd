import { closeSync, openSync } from 'node:fs';
import { StorageError } from '@graphdriver/core';
import { cString, ownedCString } from './c-string.ts';
import { displayPath } from './file-path.ts';
import { checked, libc } from './libc.ts';
import { flagBits, MOUNT_DATA_LIMIT, mountData } from './mount-options.ts';
import type { MountRequest } from './mount-request.ts';
import { shortPaths } from './short-paths.ts';

const O_PATH = 0o10000000;

/** One call of mount(2), in this thread. */
export function mountNow(request: MountRequest, data: Buffer): void {
  const { source, target, type } = request;
  const result = libc().mount(
    cString(source),
    cString(target),
    cString(type),
    flagBits(request.flags ?? []),
    ownedCString(data),
  );
  checked('mount', result, target);
}

/**
 * Mounts an overlay of so many layers that their paths do not fit mount(2), on kernels that take them in no other way: the layers
 * are opened, and named by the numbers of their descriptors.
 */
export function mountByDescriptors(request: MountRequest): void {
  using short = shortPaths(request.options ?? []);
  const data = mountData(request.type, short.options);
  if (data === null || data.length > MOUNT_DATA_LIMIT) throw tooLong(request);
  inDirectory(short.directory, () => mountNow(request, data));
}

/** Runs `action` with another current directory. All threads share it, so `action` must neither wait nor leave relative paths to others. */
function inDirectory(directory: string, action: () => void): void {
  const before = openSync('.', O_PATH);
  try {
    checked('chdir', libc().chdir(cString(directory)), directory);
    action();
  } finally {
    libc().fchdir(before);
    closeSync(before);
  }
}

function tooLong(request: MountRequest): StorageError {
  return new StorageError(
    'UNSUPPORTED',
    `The options of ${request.type} at ${displayPath(request.target)} exceed what this kernel takes.`,
    {
      hint: 'Use fewer layers.',
    },
  );
}
