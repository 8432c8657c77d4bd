import { faultPoint } from './fault-point.ts';
import { checked, libc } from './libc.ts';
import { type Privilege, privilegeNumber } from './privileges.ts';

/** _LINUX_CAPABILITY_VERSION_3 of include/uapi/linux/capability.h, for this thread. */
const header = Buffer.from(Uint32Array.of(0x2008_0522, 0).buffer);
/** Twice struct __user_cap_data_struct: the lower and the upper 32 of effective, permitted and inheritable. */
const DATA = 24;
const HALF = 12;

/**
 * Runs `action` without a privilege that this process has, and returns what it returns; the thread has it again afterwards.
 *
 * Only what runs synchronously in this thread goes without it: promises and Node's pool of threads do not. Costs three system calls.
 */
export function withoutPrivilege<T>(privilege: Privilege, action: () => T): T {
  const before = Buffer.alloc(DATA);
  checked('capget', libc().capget(header, before));
  const number = privilegeNumber(privilege);
  const at = number < 32 ? 0 : HALF;
  const bit = 2 ** (number % 32);
  const effective = before.readUInt32LE(at);
  if (Math.floor(effective / bit) % 2 === 0) return action();
  const without = Buffer.from(before);
  without.writeUInt32LE(effective - bit, at);
  faultPoint('capset');
  checked('capset', libc().capset(header, without));
  try {
    return action();
  } finally {
    checked('capset', libc().capset(header, before));
  }
}
