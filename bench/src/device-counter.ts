import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { type MountEntry, major, minor, readMounts } from '@graphdriver/host';
import { mountOf } from './environment.ts';

/** Counts what is written to the block devices of a file system, by whomever. */
export interface DeviceCounter {
  /** Bytes since the devices appeared. Takes some 10 µs for each. */
  bytesWritten(): number;
}

/** Where the kernel tells of itself: the machine's own unless given. */
export interface KernelSources {
  readonly mounts?: readonly MountEntry[];
  readonly sysfs?: string;
}

/** Sectors are of this size in the kernel's statistics, whatever those of the device are. */
const SECTOR = 512;
/** Of the fields of `stat` of a block device, the one that counts sectors written. */
const SECTORS_WRITTEN = 6;

/**
 * The counter of what the file system of `directory` is on, all devices of a btrfs together; `null` where that is no block device that
 * the kernel counts for: tmpfs, file systems over FUSE such as zfs-fuse, and pools of OpenZFS, which hold their devices themselves.
 *
 * A disk counts for everybody who writes to it. Of a file system in a file the loop device counts, and so for that one alone.
 */
export function deviceCounter(directory: string, sources: KernelSources = {}): DeviceCounter | null {
  const { mounts = readMounts(), sysfs = '/sys' } = sources;
  const mount = mountOf(mounts, directory);
  const devices = mount === undefined ? [] : devicesOf(mount, sysfs);
  if (devices.length === 0) return null;
  return { bytesWritten: () => devices.reduce((sum, stat) => sum + readWritten(stat), 0) };
}

/** The files with the statistics of a mount's devices. */
function devicesOf({ device, source }: MountEntry, sysfs: string): string[] {
  if (!device.startsWith('0:')) return existing([`${sysfs}/dev/block/${device}/stat`]);
  // Files of a btrfs have a number that stands for no device; what it is made of is listed by name.
  const siblings = btrfsDevices(basename(source), sysfs);
  if (siblings.length > 0) return existing(siblings);
  const number = source.startsWith('/dev/') ? blockDeviceNumber(source) : undefined;
  return number === undefined ? [] : existing([`${sysfs}/dev/block/${number}/stat`]);
}

function btrfsDevices(name: string, sysfs: string): string[] {
  for (const id of namesIn(`${sysfs}/fs/btrfs`)) {
    const folder = `${sysfs}/fs/btrfs/${id}/devices`;
    const names = namesIn(folder);
    if (names.includes(name)) return names.map((one) => `${folder}/${one}/stat`);
  }
  return [];
}

function blockDeviceNumber(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isBlockDevice() === true ? `${major(found.rdev)}:${minor(found.rdev)}` : undefined;
}

/** All of them, or none: half of a file system's devices count for nothing. */
function existing(paths: readonly string[]): string[] {
  return paths.every((path) => statSync(path, { throwIfNoEntry: false }) !== undefined) ? [...paths] : [];
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // No btrfs is mounted, or what is listed is none (`features`).
  }
}

function readWritten(path: string): number {
  return Number(readFileSync(path, 'utf8').trim().split(/\s+/)[SECTORS_WRITTEN]) * SECTOR;
}
