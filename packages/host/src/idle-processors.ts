import { readFileSync } from 'node:fs';

/** What processors do while they have nothing to do. */
export interface IdleProcessors {
  /** The kernel's driver for it, as in `haltpoll`; `null` where there is none, or the kernel does not tell. */
  readonly driver: string | null;
  /**
   * For at most how many nanoseconds a processor of a virtual machine looks for work before it halts, which hands it back to the host and
   * makes waking it up slow. 200,000 unless somebody has changed it (drivers/cpuidle/governors/haltpoll.c); `null` with other drivers.
   */
  readonly haltPoll: number | null;
}

/** Looks it up in `sys`, where sysfs is mounted. */
export function idleProcessors(sys = '/sys'): IdleProcessors {
  const driver = readValue(`${sys}/devices/system/cpu/cpuidle/current_driver`) ?? null;
  const haltPoll = readValue(`${sys}/module/haltpoll/parameters/guest_halt_poll_ns`);
  const polls = driver === 'haltpoll' && haltPoll !== undefined;
  return { driver: driver === 'none' ? null : driver, haltPoll: polls ? Number(haltPoll) : null };
}

function readValue(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1').trim();
  } catch {
    return undefined;
  }
}
