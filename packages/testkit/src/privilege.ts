import { hasPrivilege } from '@graphdriver/host';

/** Why this process cannot mount, or `null` where it can. */
export function privilegeReason(): string | null {
  return hasPrivilege('sys_admin') ? null : 'Mounting needs CAP_SYS_ADMIN: run the tests as root.';
}

/**
 * Turns a reason to skip into a failure where the environment variable `REQUIRED_DRIVERS` (names with commas) lists `driver`:
 * there the machine was set up for it, and a skip would hide that it no longer works. Returns the reason for the test's skip.
 */
export function requireOrSkip(driver: string, reason: string | null): string | null {
  const required = (process.env['REQUIRED_DRIVERS'] ?? '').split(',').map((name) => name.trim());
  if (reason !== null && required.includes(driver)) throw new Error(`REQUIRED_DRIVERS lists ${driver}, but: ${reason}`);
  return reason;
}
