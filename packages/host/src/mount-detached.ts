import { closeSync } from 'node:fs';
import { cString } from './c-string.ts';
import { faultPoint } from './fault-point.ts';
import { checked, libc, SYSCALL_NUMBERS } from './libc.ts';

const FSOPEN_CLOEXEC = 1;
const FSMOUNT_CLOEXEC = 1;
const CREATE = 6;

/**
 * Mounts a file system that needs neither a device nor options at no path at all: it can be reached below `/proc/self/fd/N` of the
 * descriptor that is returned, by this process alone, and is gone when that is closed. Linux 5.2 or later; errno errors.
 */
export function mountDetached(type: string): number {
  faultPoint('fsmount');
  const { fsopen, fsconfig, fsmount } = libc();
  const context = checked('fsopen', fsopen(SYSCALL_NUMBERS.fsopen, cString(type), FSOPEN_CLOEXEC));
  try {
    checked('fsconfig', fsconfig(SYSCALL_NUMBERS.fsconfig, context, CREATE, null, null, 0));
    return checked('fsmount', fsmount(SYSCALL_NUMBERS.fsmount, context, FSMOUNT_CLOEXEC, 0));
  } finally {
    closeSync(context);
  }
}
