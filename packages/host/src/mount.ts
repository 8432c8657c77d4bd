import type { MountRoute } from '@graphdriver/core';
import { libc, libcRefusal } from './libc.ts';
import { CommandMounter } from './mount-command.ts';
import type { Mounter } from './mount-request.ts';
import { SyscallMounter } from './mount-syscall.ts';

/**
 * A way to mount: `syscall` is 30 times faster and takes any path, `command` needs nothing but util-linux, `auto` is system calls
 * where they can be made.
 *
 * @throws {StorageError} `PREREQUISITE_MISSING` where `syscall` was asked for and koffi does not load
 */
export function createMounter(route: MountRoute = 'auto'): Mounter {
  if (route === 'command' || (route === 'auto' && libcRefusal() !== undefined)) return new CommandMounter();
  libc();
  return new SyscallMounter();
}
