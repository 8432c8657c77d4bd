import { closeSync, constants, lstatSync, openSync } from 'node:fs';
import { faultPoint } from './fault-point.ts';
import { type FilePath, pathBytes } from './file-path.ts';
import { filesystemOf } from './filesystem.ts';
import { checked, inThread, libc } from './libc.ts';

// linux/btrfs.h
const SYNC = 0x9408;
const SUBVOL_CREATE = 0x5000940e;
const SNAP_DESTROY = 0x5000940f;
const SNAP_CREATE_V2 = 0x50009417;
const SUBVOL_GETFLAGS = 0x80089419;
const SUBVOL_SETFLAGS = 0x4008941a;
const GET_SUBVOL_INFO = 0x81f8943c;
const READ_ONLY = 2n;

const NAME = { size: 4096, at: 8, atOfSecond: 56, longest: 255 } as const;
const INFO_SIZE = 504;

/** The inode number of every subvolume's root directory. */
const ROOT_INODE = 256;

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** What a btrfs file system says of one of its subvolumes. Transactions are counted from 1 and take place every half minute, or at a sync. */
export interface SubvolumeInfo {
  readonly id: bigint;
  /** The id of the subvolume that it lies in. */
  readonly parentId: bigint;
  readonly readOnly: boolean;
  /** The last transaction in which something in it changed. */
  readonly changedAt: bigint;
  /** The transaction in which it was made. */
  readonly madeAt: bigint;
}

/** Tells whether `path` is the root directory of a subvolume; false where there is nothing. A symbolic link is none. */
export function isSubvolume(path: FilePath): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.ino === ROOT_INODE && filesystemOf(path).name === 'btrfs';
}

/** Makes an empty subvolume, its root directory as mkdir(2) would make it. Fails with EEXIST. Waits for no disk. */
export async function createSubvolume(path: FilePath): Promise<void> {
  const { parent, name } = split(path);
  const args = Buffer.alloc(NAME.size);
  name.copy(args, NAME.at);
  await inDirectory(parent, 'subvolume', path, (fd) => inThread('ioctl', 'subvolume', [fd, SUBVOL_CREATE, args], path));
}

/**
 * Makes a snapshot of a subvolume: all of its files as they are now, by sharing every block. Subvolumes inside it show as empty directories.
 *
 * Takes constant time, which is that of one transaction: some milliseconds. Fails with EEXIST.
 */
export async function snapshotSubvolume(
  source: FilePath,
  target: FilePath,
  options: { readonly readOnly?: boolean } = {},
): Promise<void> {
  const { parent, name } = split(target);
  const from = openSync(source, DIRECTORY);
  try {
    const args = Buffer.alloc(NAME.size);
    args.writeBigInt64LE(BigInt(from), 0);
    args.writeBigUInt64LE(options.readOnly === true ? READ_ONLY : 0n, 16);
    name.copy(args, NAME.atOfSecond);
    await inDirectory(parent, 'snapshot', target, (fd) =>
      inThread('ioctl', 'snapshot', [fd, SNAP_CREATE_V2, args], target),
    );
  } finally {
    closeSync(from);
  }
}

/**
 * Removes a subvolume with all its files; its blocks are freed in the background. Fails with ENOTEMPTY where another lies inside it.
 * Also removes one that is read-only.
 */
export async function destroySubvolume(path: FilePath): Promise<void> {
  const { parent, name } = split(path);
  const args = Buffer.alloc(NAME.size);
  name.copy(args, NAME.at);
  await inDirectory(parent, 'subvolume-destroy', path, (fd) =>
    inThread('ioctl', 'subvolume-destroy', [fd, SNAP_DESTROY, args], path),
  );
}

/** Lets nobody write into a subvolume, or lets them again; files that are open for writing stay so. Waits for one transaction. */
export async function setSubvolumeReadOnly(path: FilePath, readOnly: boolean): Promise<void> {
  const flags = Buffer.alloc(8);
  await inDirectory(path, 'subvolume-flags', path, async (fd) => {
    checked('subvolume-flags', libc().ioctl(fd, SUBVOL_GETFLAGS, flags), path);
    const before = flags.readBigUInt64LE(0);
    const after = readOnly ? before | READ_ONLY : before & ~READ_ONLY;
    if (after === before) return;
    flags.writeBigUInt64LE(after, 0);
    await inThread('ioctl', 'subvolume-flags', [fd, SUBVOL_SETFLAGS, flags], path);
  });
}

/**
 * Waits until all that was written to the file system of `directory` is on its disk and in its trees, and has it begin at once to free
 * what destroyed subvolumes leave, which it otherwise does within half a minute.
 */
export async function syncSubvolumes(directory: FilePath): Promise<void> {
  await inDirectory(directory, 'syncfs', directory, (fd) =>
    inThread('ioctl', 'syncfs', [fd, SYNC, Buffer.alloc(8)], directory),
  );
}

/** Reads what the file system knows of the subvolume that `path` lies in. Fails with ENOTTY where that is no btrfs. */
export function subvolumeInfo(path: FilePath): SubvolumeInfo {
  const fd = openSync(path, DIRECTORY);
  try {
    const info = Buffer.alloc(INFO_SIZE);
    checked('subvolume-info', libc().ioctl(fd, GET_SUBVOL_INFO, info), path);
    const flags = Buffer.alloc(8);
    checked('subvolume-flags', libc().ioctl(fd, SUBVOL_GETFLAGS, flags), path);
    return {
      id: info.readBigUInt64LE(0),
      parentId: info.readBigUInt64LE(264),
      readOnly: (flags.readBigUInt64LE(0) & READ_ONLY) !== 0n,
      changedAt: info.readBigUInt64LE(344),
      madeAt: info.readBigUInt64LE(352),
    };
  } finally {
    closeSync(fd);
  }
}

async function inDirectory(
  directory: FilePath,
  call: string,
  path: FilePath,
  act: (fd: number) => Promise<unknown>,
): Promise<void> {
  faultPoint(call, path);
  const fd = openSync(directory, DIRECTORY);
  try {
    await act(fd);
  } finally {
    closeSync(fd);
  }
}

function split(path: FilePath): { readonly parent: Buffer; readonly name: Buffer } {
  const bytes = Buffer.from(pathBytes(path));
  const slash = bytes.lastIndexOf('/');
  const name = bytes.subarray(slash + 1);
  if (slash < 0 || name.length === 0 || name.length > NAME.longest || name.includes(0))
    throw new TypeError('A subvolume has an absolute path and a name of up to 255 bytes.');
  return { parent: slash === 0 ? Buffer.from('/') : bytes.subarray(0, slash), name };
}
