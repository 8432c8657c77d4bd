import { readFileSync } from 'node:fs';

// capabilities(7), in the order of their numbers.
const CAPABILITIES = [
  'chown',
  'dac_override',
  'dac_read_search',
  'fowner',
  'fsetid',
  'kill',
  'setgid',
  'setuid',
  'setpcap',
  'linux_immutable',
  'net_bind_service',
  'net_broadcast',
  'net_admin',
  'net_raw',
  'ipc_lock',
  'ipc_owner',
  'sys_module',
  'sys_rawio',
  'sys_chroot',
  'sys_ptrace',
  'sys_pacct',
  'sys_admin',
  'sys_boot',
  'sys_nice',
  'sys_resource',
  'sys_time',
  'sys_tty_config',
  'mknod',
  'lease',
  'audit_write',
  'audit_control',
  'setfcap',
  'mac_override',
  'mac_admin',
  'syslog',
  'wake_alarm',
  'block_suspend',
  'audit_read',
  'perfmon',
  'bpf',
  'checkpoint_restore',
] as const;

/** A Linux capability without its `CAP_`, in lower case. */
export type Privilege = (typeof CAPABILITIES)[number];

/**
 * Tells whether this process has a capability in effect, inside its user namespace.
 * In a container that does not mean that the host's kernel allows the call: what matters is to be tried.
 */
export function hasPrivilege(privilege: Privilege): boolean {
  return effectiveCapabilities(readFileSync('/proc/self/status', 'latin1')).includes(privilege);
}

/** The number of a capability, as the kernel counts them. */
export function privilegeNumber(privilege: Privilege): number {
  return CAPABILITIES.indexOf(privilege);
}

/** The capabilities in the line `CapEff` of a `/proc/PID/status`. */
export function effectiveCapabilities(status: string): readonly Privilege[] {
  const bits = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return CAPABILITIES.filter((_, number) => ((bits >> BigInt(number)) & 1n) === 1n);
}
