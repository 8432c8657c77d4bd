import { type BigIntStats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DriverSettings } from '@graphdriver/core';
import { settingsOf } from '@graphdriver/driver-kit';
import { isErrno, type MountEntry, major, minor, readMounts } from '@graphdriver/host';
import { SETTINGS } from './options.ts';

/** File system types of ZFS in the mount table: of the kernel module, and of zfs-fuse. */
const TYPES: readonly string[] = ['zfs', 'fuse.zfs'];

/** Tells whether a line of the mount table is about a dataset. */
export function isZfsMount({ type }: MountEntry): boolean {
  return TYPES.includes(type);
}

/** Why there is no parent dataset, and what to do. */
export interface NoParent {
  readonly why: string;
  readonly remedy: string;
}

/**
 * The dataset under which a root's layers are made: that of the setting, which the root keeps, or the one that the root lies on.
 *
 * @throws {StorageError} `UNSUPPORTED` for another one than the root was made with; `NEWER_FORMAT`, `CORRUPT_ROOT`
 */
export function parentDataset(root: string, given: DriverSettings): string | NoParent {
  const { fsname } = settingsOf({ driver: 'zfs', root, settings: given, known: SETTINGS });
  return fsname ?? datasetUnder(root);
}

function datasetUnder(root: string): string | NoParent {
  const { dev } = nearest(root);
  const device = `${major(Number(dev))}:${minor(Number(dev))}`;
  const entry = readMounts().findLast((mount) => mount.device === device);
  if (entry === undefined || !isZfsMount(entry)) {
    return {
      why: `The root is on ${entry?.type ?? 'a file system without a mount'}, and no dataset was named for the layers.`,
      remedy: 'Put the root on a ZFS dataset, or name one with the setting fsname, as in tank/layers.',
    };
  }
  if (!entry.source.includes('@')) return entry.source;
  return { why: `The root is on the snapshot ${entry.source}.`, remedy: 'Put it on a dataset that can be written to.' };
}

/** Of the directory on which the root lies or will lie. */
function nearest(path: string): BigIntStats {
  for (let at = path; ; at = dirname(at)) {
    try {
      return statSync(at, { bigint: true });
    } catch (error) {
      if (!isErrno(error, 'ENOENT', 'ENOTDIR') || dirname(at) === at) throw error;
    }
  }
}
