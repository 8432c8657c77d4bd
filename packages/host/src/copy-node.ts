import { type BigIntStats, closeSync, constants, openSync, readlinkSync } from 'node:fs';
import { copyFileData, copyFileDataNow } from './copy-file.ts';
import { copyMetadata, copyXattrs, ownerAndMode } from './copy-metadata.ts';
import type { CopyAbilities } from './copy-range.ts';
import { bytes } from './deep-path.ts';
import { makeNode, makeSymlink } from './files.ts';
import { closeFile, createFile, setFileTimes } from './open-files.ts';
import { openQuietly } from './open-quietly.ts';
import { firstPermissions, type Owner, setFileOwnerAndMode } from './owner-and-mode.ts';

const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** One file to be copied: paths of one character per byte, and what lstat says of the first. */
export interface NodeCopy {
  readonly from: string;
  readonly to: string;
  readonly stat: BigIntStats;
  /** Whom new files belong to. */
  readonly maker: Owner;
}

/** Copies a symbolic link, device, fifo or socket. */
export function copySpecialFile({ from, to, stat }: Omit<NodeCopy, 'maker'>): void {
  if (stat.isSymbolicLink()) makeSymlink(readlinkSync(bytes(from), { encoding: 'buffer' }), bytes(to));
  else makeNode(bytes(to), Number(stat.mode), Number(stat.rdev));
  copyMetadata(from, stat, to);
}

/** Copies a regular file with its metadata: a small one at once, without the cost of a promise. */
export function copyRegularFile(
  copy: NodeCopy,
  abilities: CopyAbilities,
  signal: AbortSignal | undefined,
): Promise<void> | undefined {
  const { stat } = copy;
  const source = openQuietly((flags) => openSync(bytes(copy.from), flags), READ_FLAGS);
  let target: number | undefined;
  let later = false;
  try {
    target = createFile(bytes(copy.to), firstPermissions(ownerAndMode(stat), copy.maker));
    const data = { size: Number(stat.size), allocated: Number(stat.blocks) * 512 };
    later = !copyFileDataNow(source, target, data, { abilities });
    if (later) return copyLater(copy, source, target, abilities, signal);
    copyMetadataOfOpen(copy, target);
    return undefined;
  } finally {
    if (!later) closeBoth(source, target);
  }
}

async function copyLater(
  copy: NodeCopy,
  source: number,
  target: number,
  abilities: CopyAbilities,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await copyFileData(
      source,
      target,
      Number(copy.stat.size),
      signal === undefined ? { abilities } : { abilities, signal },
    );
    copyMetadataOfOpen(copy, target);
  } finally {
    closeBoth(source, target);
  }
}

/** The same as `copyMetadata`, and in the same order, but through the descriptor. */
function copyMetadataOfOpen({ from, to, stat }: NodeCopy, target: number): void {
  setFileOwnerAndMode(target, ownerAndMode(stat));
  copyXattrs(from, to);
  setFileTimes(target, { atime: stat.atimeNs, mtime: stat.mtimeNs });
}

function closeBoth(source: number, target: number | undefined): void {
  closeSync(source);
  if (target !== undefined) closeFile(target);
}
