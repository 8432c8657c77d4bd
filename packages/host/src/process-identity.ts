import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { isErrno } from './errno.ts';
import { faultPoint } from './fault-point.ts';
import { bootId } from './kernel.ts';
import { checked, libc, SYSCALL_NUMBERS } from './libc.ts';
import { closeFile } from './open-files.ts';

/** What tells a process from all others that have had or will have its number. It can be written down. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it was started, in the kernel's ticks since the machine was. */
  readonly start: string;
  /** Which run of the machine that was. */
  readonly boot: string;
}

/** The identity of the process that has this number now; `undefined` where there is none, or only one that has ended. */
export function processIdentity(pid: number): ProcessIdentity | undefined {
  const start = startOf(pid);
  return start === undefined ? undefined : { pid, start, boot: bootId() };
}

/** Tells whether this very process still runs. One that has ended and was not yet waited for does not. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identity.boot === bootId() && startOf(identity.pid) === identity.start;
}

/**
 * Sends a signal to this very process and to no other that has got its number since. False where it has ended.
 *
 * @throws the errno error (EPERM)
 */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  faultPoint('kill');
  let fd: number;
  try {
    fd = checked('pidfd_open', libc().pidfdOpen(SYSCALL_NUMBERS.pidfdOpen, identity.pid, 0));
  } catch (error) {
    if (isErrno(error, 'ESRCH', 'EINVAL')) return false;
    throw error;
  }
  try {
    // Looked at while the descriptor keeps the process from being mistaken for another.
    if (!isRunning(identity)) return false;
    const number = constants.signals[signal];
    checked('pidfd_send_signal', libc().pidfdSendSignal(SYSCALL_NUMBERS.pidfdSendSignal, fd, number, null, 0));
    return true;
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return false;
    throw error;
  } finally {
    closeFile(fd);
  }
}

/** The 22nd field of /proc/pid/stat. The second one is the program's name in parentheses and can hold anything. */
function startOf(pid: number): string | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}
