import { randomUUID } from 'node:crypto';
import { fstatSync } from 'node:fs';
import { join } from 'node:path';
import { closeFile, createFile, isErrno, readMounts, setFileTimes, unlinkFile } from '@graphdriver/host';
import type { Zfs } from '@graphdriver/zfs-cli-wrapper';
import { isZfsMount } from './parent-dataset.ts';

const NANOSECONDS = 123_456_789n;

/** A time that is no whole number of anything longer than a nanosecond. */
const ODD_TIME = 1_000_000_000n * 1_000_000_000n + NANOSECONDS;

/**
 * The precision of the times that files in datasets keep, in nanoseconds: tried on a file without a name in the parent dataset,
 * where that is mounted and can be written to, and otherwise what is known of this ZFS.
 */
export function timestampGranularity(zfs: Zfs, parent: string): number {
  const mount = readMounts().findLast((entry) => isZfsMount(entry) && entry.source === parent && entry.root === '/');
  const tried = mount === undefined ? undefined : granularityIn(Buffer.from(mount.mountPoint, 'latin1').toString());
  return tried ?? Number(zfs.capabilities.timestampGranularity);
}

function granularityIn(directory: string): number | undefined {
  const path = join(directory, `.graphdriver-${randomUUID()}`);
  try {
    const file = createFile(path, 0o600);
    try {
      unlinkFile(path);
      setFileTimes(file, { mtime: ODD_TIME });
      return granularityOf(fstatSync(file, { bigint: true }).mtimeNs);
    } finally {
      closeFile(file);
    }
  } catch (error) {
    if (!isErrno(error)) throw error;
    return undefined;
  }
}

function granularityOf(kept: bigint): number {
  for (const unit of [1_000_000_000, 1_000_000, 1000]) if (kept % BigInt(unit) === 0n) return unit;
  return 1;
}
