import { StorageError } from '@graphdriver/core';
import { faultPoint } from './fault-point.ts';
import { checked, libc } from './libc.ts';

/** Who a process is to the kernel when it looks at permissions. */
export interface UserIdentity {
  readonly uid: number;
  readonly gid: number;
  /** Further groups. */
  readonly groups: readonly number[];
}

/** setresuid, setresgid and setgroups of the kernel, which are for one thread: those of libc change all threads of the process. */
const NUMBERS: Readonly<Record<string, readonly [uids: number, gids: number, groups: number]>> = {
  x64: [117, 119, 116],
  arm64: [147, 149, 159],
  riscv64: [147, 149, 159],
};

const UNCHANGED = -1;

/**
 * Runs `action` as another user, without any privilege, and returns what it returns; this thread is itself again afterwards.
 *
 * Only what runs synchronously in this thread is done as that user: promises and Node's pool of threads are not. Costs seven system
 * calls. For root only, and for a process that has nothing else to do meanwhile.
 *
 * @throws {StorageError} `UNSUPPORTED` on a processor whose system calls are not known here
 */
export function asUser<T>(user: UserIdentity, action: () => T): T {
  const known = NUMBERS[process.arch];
  if (known === undefined) throw new StorageError('UNSUPPORTED', `No thread can change its user on ${process.arch}.`);
  const [uids, gids, groups] = known;
  const self = { gid: process.getegid?.() ?? 0, uid: process.geteuid?.() ?? 0, groups: process.getgroups?.() ?? [] };
  faultPoint('setresuid');
  try {
    setGroups(groups, user.groups);
    checked('setresgid', libc().setThreadIds(gids, UNCHANGED, user.gid, UNCHANGED));
    // The kernel takes all privileges out of effect with the user id 0, and brings them back with it.
    checked('setresuid', libc().setThreadIds(uids, UNCHANGED, user.uid, UNCHANGED));
    return action();
  } finally {
    checked('setresuid', libc().setThreadIds(uids, UNCHANGED, self.uid, UNCHANGED));
    checked('setresgid', libc().setThreadIds(gids, UNCHANGED, self.gid, UNCHANGED));
    setGroups(groups, self.groups);
  }
}

function setGroups(number: number, groups: readonly number[]): void {
  const list = Buffer.from(Uint32Array.from([...groups, 0]).buffer);
  checked('setgroups', libc().setThreadGroups(number, groups.length, list));
}
