import { ZfsError } from './zfs-error.ts';

/** Devices that stand for each other, or belong to one job. */
export interface VdevGroup {
  /** How the devices share their work; `stripe` for none. */
  readonly layout: 'stripe' | 'mirror' | 'raidz' | 'raidz1' | 'raidz2' | 'raidz3';
  /** Absolute paths of disks or files. */
  readonly devices: readonly string[];
  /** What they are for; data unless told. */
  readonly role?: 'data' | 'log' | 'cache' | 'spare' | 'special' | 'dedup';
}

/** Of what a pool is made: paths, which become one stripe, or groups. */
export type VdevSpec = readonly (string | VdevGroup)[];

/** The arguments that describe the devices. Data first, since a role lasts until the next one. Pure. @throws {ZfsError} `INVALID_NAME` */
export function vdevArgs(spec: VdevSpec): string[] {
  if (spec.length === 0) throw new TypeError('A pool needs a device.');
  const groups = spec.map(
    (item): VdevGroup => (typeof item === 'string' ? { layout: 'stripe', devices: [item] } : item),
  );
  const ordered = [
    ...groups.filter((group) => roleOf(group) === 'data'),
    ...groups.filter((group) => roleOf(group) !== 'data'),
  ];
  return ordered.flatMap(groupArgs);
}

function groupArgs(group: VdevGroup): string[] {
  for (const device of group.devices) assertDevice(device);
  const role = roleOf(group);
  return [...(role === 'data' ? [] : [role]), ...(group.layout === 'stripe' ? [] : [group.layout]), ...group.devices];
}

function roleOf({ role = 'data' }: VdevGroup): NonNullable<VdevGroup['role']> {
  return role;
}

function assertDevice(path: string): void {
  if (path.startsWith('/') && !path.includes('\0')) return;
  throw new ZfsError('INVALID_NAME', `${JSON.stringify(path)} is no absolute path of a device.`);
}
