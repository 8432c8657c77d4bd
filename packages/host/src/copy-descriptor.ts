import { faultPoint } from './fault-point.ts';
import { checked, libc, SYSCALL_NUMBERS } from './libc.ts';
import { closeFile } from './open-files.ts';

/**
 * Makes a copy of an open file of another process, which need not know. Children do not inherit it. Needs the right to trace that
 * process, and Linux 5.6.
 *
 * @throws the errno error: ESRCH where the process has ended, EBADF where it has no such descriptor, EPERM
 */
export function copyDescriptor(pid: number, fd: number): number {
  faultPoint('pidfd_getfd');
  const process = checked('pidfd_open', libc().pidfdOpen(SYSCALL_NUMBERS.pidfdOpen, pid, 0));
  try {
    return checked('pidfd_getfd', libc().pidfdGetfd(SYSCALL_NUMBERS.pidfdGetfd, process, fd, 0));
  } finally {
    closeFile(process);
  }
}
