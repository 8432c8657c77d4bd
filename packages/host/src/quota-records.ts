// The structures of the kernel's fs.h and dqblk_xfs.h, the same on every 64-bit little-endian machine.

/** What the files of a project take together, and may take. Zero for a limit that there is not. */
export interface ProjectQuota {
  readonly bytes: number;
  readonly inodes: number;
  /** Above this the kernel warns, and after a week refuses. */
  readonly softBytes: number;
  /** Beyond this the kernel refuses: with ENOSPC on xfs, with EDQUOT on ext4. */
  readonly hardBytes: number;
}

/** `struct fsxattr`: flags, two extent sizes and a count, the project, 12 bytes that are kept as they are. */
export const FSXATTR_SIZE = 28;
const PROJECT_AT = 12;
const INHERIT_PROJECT = 0x200;

/** `struct fs_disk_quota`. */
export const DISK_QUOTA_SIZE = 112;
const VERSION = 1;
const OF_A_PROJECT = 2;
const SOFT_BLOCKS = 1 << 2;
const HARD_BLOCKS = 1 << 3;

/** What the limits and the use of blocks are counted in. */
const BLOCK = 512;

/** The project in a `struct fsxattr`. */
export function projectOfAttributes(attributes: Buffer): number {
  return attributes.readUInt32LE(PROJECT_AT);
}

/** A `struct fsxattr` with another project, and told whether files made in the directory get it. */
export function withProject(attributes: Buffer, project: number, inherit: boolean): Buffer {
  const changed = Buffer.from(attributes);
  const flags = attributes.readUInt32LE(0);
  changed.writeUInt32LE((inherit ? flags | INHERIT_PROJECT : flags & ~INHERIT_PROJECT) >>> 0, 0);
  changed.writeUInt32LE(project, PROJECT_AT);
  return changed;
}

/** A `struct fs_disk_quota` that sets both limits of a project's blocks, and nothing else. */
export function encodeLimits(project: number, softBytes: number, hardBytes: number): Buffer {
  const record = Buffer.alloc(DISK_QUOTA_SIZE);
  record.writeInt8(VERSION, 0);
  record.writeInt8(OF_A_PROJECT, 1);
  record.writeUInt16LE(SOFT_BLOCKS | HARD_BLOCKS, 2);
  record.writeUInt32LE(project, 4);
  record.writeBigUInt64LE(blocks(hardBytes), 8);
  record.writeBigUInt64LE(blocks(softBytes), 16);
  return record;
}

/** What a `struct fs_disk_quota` says of a project's bytes and files. */
export function parseDiskQuota(record: Buffer): ProjectQuota {
  const [hard, soft, used] = [8, 16, 40].map((at) => Number(record.readBigUInt64LE(at)) * BLOCK);
  const inodes = Number(record.readBigUInt64LE(48));
  return { bytes: used ?? 0, inodes, softBytes: soft ?? 0, hardBytes: hard ?? 0 };
}

function blocks(bytes: number): bigint {
  return BigInt(Math.ceil(bytes / BLOCK));
}
