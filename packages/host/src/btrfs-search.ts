import type { FilePath } from './file-path.ts';
import { checked, libc } from './libc.ts';

// linux/btrfs.h, linux/btrfs_tree.h
const TREE_SEARCH_V2 = 0xc0709411;
const ARGS = 112;
const HEADER = 32;
const BUFFER = 256 * 1024;
const GREATEST = 0xffff_ffff_ffff_ffffn;

/** Types of items in a subvolume's tree, and in that of the roots. */
export const ITEM = {
  inode: 1,
  inodeRef: 12,
  inodeExtref: 13,
  dirIndex: 96,
  rootItem: 132,
  rootRef: 156,
  qgroupStatus: 240,
} as const;

/** Which tree holds the roots of all others. */
export const ROOT_TREE = 1n;

/** The buffer of the last search that has ended: most searches find one item or none, and a new buffer for each is work for the collector. */
let spare: Buffer | undefined;

/** One item of a btrfs tree. */
export interface TreeItem {
  readonly objectId: bigint;
  readonly type: number;
  readonly offset: bigint;
  /** Valid until the next item is asked for. */
  readonly data: Buffer;
}

/** A span of a tree in the order of keys: object, then type, then offset. Both ends are part of it. */
export interface SearchRange {
  /** Which tree; 0 is that of the subvolume the directory lies in. */
  readonly tree?: bigint;
  readonly from: { readonly objectId: bigint; readonly type: number; readonly offset?: bigint };
  readonly to: { readonly objectId: bigint; readonly type: number; readonly offset?: bigint };
  /** Leaves that no transaction since this one has written are passed over, with all their items. */
  readonly since?: bigint;
}

/**
 * Yields the items of a btrfs tree in a range, by BTRFS_IOC_TREE_SEARCH_V2: 256 KiB of them per call.
 *
 * What has not reached the file system's trees is not seen: sync before. `fd` is any directory of the subvolume.
 */
export function* searchTree(fd: number, range: SearchRange, path?: FilePath): Generator<TreeItem, void, undefined> {
  const buffer = spare ?? Buffer.alloc(ARGS + BUFFER);
  spare = undefined;
  try {
    yield* searchInto(buffer, fd, range, path);
  } finally {
    spare = buffer;
  }
}

function* searchInto(
  buffer: Buffer,
  fd: number,
  range: SearchRange,
  path: FilePath | undefined,
): Generator<TreeItem, void, undefined> {
  const from = { ...range.from, offset: range.from.offset ?? 0n };
  for (;;) {
    writeKey(buffer, range, from);
    checked('tree-search', libc().ioctl(fd, TREE_SEARCH_V2, buffer), path);
    const found = buffer.readUInt32LE(64);
    if (found === 0) return;
    for (let index = 0, at: number = ARGS; index < found; index += 1) {
      const length = buffer.readUInt32LE(at + 28);
      from.objectId = buffer.readBigUInt64LE(at + 8);
      from.offset = buffer.readBigUInt64LE(at + 16);
      from.type = buffer.readUInt32LE(at + 24);
      yield { ...from, data: buffer.subarray(at + HEADER, at + HEADER + length) };
      at += HEADER + length;
    }
    if (from.offset < GREATEST) from.offset += 1n;
    else if (from.type < 255) Object.assign(from, { type: from.type + 1, offset: 0n });
    else Object.assign(from, { objectId: from.objectId + 1n, type: 0, offset: 0n });
  }
}

function writeKey(
  buffer: Buffer,
  { tree = 0n, to, since = 0n }: SearchRange,
  from: Required<SearchRange['from']>,
): void {
  const words = [tree, from.objectId, to.objectId, from.offset, to.offset ?? GREATEST, since, GREATEST];
  for (const [index, word] of words.entries()) buffer.writeBigUInt64LE(word, index * 8);
  buffer.writeUInt32LE(from.type, 56);
  buffer.writeUInt32LE(to.type, 60);
  buffer.writeUInt32LE(0xffff_ffff, 64);
  buffer.writeBigUInt64LE(BigInt(BUFFER), 104);
}
