import { closeSync, constants, openSync } from 'node:fs';
import { ITEM, ROOT_TREE, searchTree } from './btrfs-search.ts';
import { isErrno } from './errno.ts';
import { faultPoint } from './fault-point.ts';
import type { FilePath } from './file-path.ts';
import { inThread } from './libc.ts';

// linux/btrfs.h
const QUOTA_CTL = 0xc0109428;
const QGROUP_CREATE = 0x4010942a;
const QGROUP_LIMIT = 0x8030942b;
const RESCAN_WAIT = 0x942e;
const ENABLE = 1n;
const LIMIT_EXCLUSIVE = 2n;
const QUOTA_TREE = 8n;
const STATUS_ON = 1n;
/** As a limit: none. */
const NO_LIMIT = 0xffff_ffff_ffff_ffffn;

/** Tells whether the file system that `directory` lies on counts what each subvolume takes (qgroups). */
export function hasSubvolumeQuotas(directory: FilePath): boolean {
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    if (!hasQuotaTree(fd, directory)) return false;
    const key = { objectId: 0n, type: ITEM.qgroupStatus };
    for (const { data } of searchTree(fd, { tree: QUOTA_TREE, from: key, to: key }, directory)) {
      return (data.readBigUInt64LE(16) & STATUS_ON) !== 0n;
    }
    return false;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Asked first, because a search in a tree that is not there fails: where quotas are off, which is nearly everywhere, an error would be made for each question. */
function hasQuotaTree(fd: number, directory: FilePath): boolean {
  const key = { objectId: QUOTA_TREE, type: ITEM.rootItem };
  for (const _ of searchTree(fd, { tree: ROOT_TREE, from: key, to: key }, directory)) return true;
  return false;
}

/** Makes the whole file system count what each subvolume takes, and waits until it has counted what is there. Every write costs more from then on. */
export async function enableSubvolumeQuotas(directory: FilePath): Promise<void> {
  const args = Buffer.alloc(16);
  args.writeBigUInt64LE(ENABLE, 0);
  await call(directory, 'quota', QUOTA_CTL, args);
  await call(directory, 'quota', RESCAN_WAIT, Buffer.alloc(8));
}

/** Limits the bytes that a subvolume shares with no other; `null` lifts the limit. Fails with ENOTCONN where quotas are off. */
export async function limitSubvolume(path: FilePath, bytes: number | null): Promise<void> {
  const args = Buffer.alloc(48);
  args.writeBigUInt64LE(LIMIT_EXCLUSIVE, 8);
  args.writeBigUInt64LE(bytes === null ? NO_LIMIT : BigInt(bytes), 24);
  await call(path, 'quota', QGROUP_LIMIT, args);
}

/** Forgets what was counted for a subvolume that is gone, by its id. What the kernel has forgotten by itself is fine. */
export async function forgetSubvolumeQuota(directory: FilePath, id: bigint): Promise<void> {
  const args = Buffer.alloc(16);
  args.writeBigUInt64LE(id, 8);
  try {
    await call(directory, 'quota', QGROUP_CREATE, args);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'EBUSY', 'ENOTCONN')) throw error;
  }
}

async function call(directory: FilePath, name: string, request: number, args: Buffer): Promise<void> {
  faultPoint(name, directory);
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    await inThread('ioctl', name, [fd, request, args], directory);
  } finally {
    closeSync(fd);
  }
}
