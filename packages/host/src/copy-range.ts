import { readSync } from 'node:fs';
import { throwIfAborted } from '@graphdriver/core';
import { isErrno } from './errno.ts';
import { faultPoint } from './fault-point.ts';
import { checked, inThread, libc } from './libc.ts';
import { writeBytes } from './open-files.ts';
import { type ReserveAbility, reserveBlocks } from './reserve-blocks.ts';

/** From this size on a copy runs in another thread; below it takes a fraction of a millisecond. */
const THREAD_FROM = 1 << 20;
/** What one call copies at most, so that an abort is noticed in time. */
const CHUNK = 64 << 20;
const BUFFER_SIZE = 256 << 10;
/** So much of a copy is sent on its way to the disk at a time. */
const SENT_AT_ONCE = 256 << 10;
const SYNC_FILE_RANGE_WRITE = 2;

const CANNOT_RANGE = ['EXDEV', 'ENOSYS', 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EPERM', 'EBADF', 'ETXTBSY'];

/** What turned out to work between two file systems. A copy that goes over many files asks only once. */
export interface CopyAbilities extends ReserveAbility {
  clone: boolean;
  range: boolean;
}

/** Copies the bytes from `start` to `end` to the same place in another file, in the kernel where it can. */
export async function copyRange(
  from: number,
  to: number,
  range: { readonly start: number; readonly end: number },
  abilities: CopyAbilities,
  signal: AbortSignal | undefined,
): Promise<void> {
  const offsets = [Buffer.alloc(8), Buffer.alloc(8)] as const;
  for (let at = range.start; at < range.end && abilities.range; ) {
    throwIfAborted(signal, 'Copying a file');
    const size = Math.min(CHUNK, range.end - at);
    reserveBlocks(to, at, size, abilities);
    for (const offset of offsets) offset.writeBigInt64LE(BigInt(at));
    const copied = await kernelCopy(from, to, offsets, size, abilities);
    if (copied === 0) break; // The file has become shorter, or is of a kind that the kernel cannot copy: reading will tell.
    at += copied;
    range = { start: at, end: range.end };
  }
  await copyByHand(from, to, range, signal);
}

/**
 * The same of a whole file without waiting; false where the kernel does not copy all of it, and the copy is to be begun anew.
 * With `sends` the disk writes what is copied already while the rest is being copied: for who waits for the disk at the end.
 */
export function copyRangeAtOnce(
  from: number,
  to: number,
  size: number,
  { abilities, sends }: { readonly abilities: CopyAbilities; readonly sends: boolean },
): boolean {
  const offsets = [Buffer.alloc(8), Buffer.alloc(8)] as const;
  const most = sends ? SENT_AT_ONCE : size;
  reserveBlocks(to, 0, size, abilities);
  for (let at = 0; at < size; ) {
    if (!abilities.range) return false;
    for (const offset of offsets) offset.writeBigInt64LE(BigInt(at));
    const copied = kernelCopyNow(from, to, offsets, Math.min(most, size - at), abilities);
    if (copied === 0) return false;
    // The last part too: the thread that waits for the disk is woken meanwhile. Where this fails that wait does it all, and says why it cannot.
    if (sends) libc().syncFileRange(to, at, copied, SYNC_FILE_RANGE_WRITE);
    at += copied;
  }
  return true;
}

function kernelCopyNow(
  from: number,
  to: number,
  [fromOffset, toOffset]: readonly [Buffer, Buffer],
  size: number,
  abilities: CopyAbilities,
): number {
  faultPoint('copy_file_range');
  try {
    return checked('copy_file_range', libc().copyFileRange(from, fromOffset, to, toOffset, size, 0));
  } catch (error) {
    noteNoRange(error, abilities);
    return 0;
  }
}

/** Throws what is a failure indeed. */
function noteNoRange(error: unknown, abilities: CopyAbilities): void {
  if (!isErrno(error, ...CANNOT_RANGE)) throw error;
  abilities.range = false;
}

async function kernelCopy(
  from: number,
  to: number,
  offsets: readonly [Buffer, Buffer],
  size: number,
  abilities: CopyAbilities,
): Promise<number> {
  if (size < THREAD_FROM) return kernelCopyNow(from, to, offsets, size, abilities);
  faultPoint('copy_file_range');
  try {
    return await inThread('copyFileRange', 'copy_file_range', [from, offsets[0], to, offsets[1], size, 0]);
  } catch (error) {
    noteNoRange(error, abilities);
    return 0;
  }
}

async function copyByHand(
  from: number,
  to: number,
  { start, end }: { readonly start: number; readonly end: number },
  signal: AbortSignal | undefined,
): Promise<void> {
  if (start >= end) return;
  const buffer = Buffer.allocUnsafe(Math.min(BUFFER_SIZE, end - start));
  for (let at = start; at < end; ) {
    throwIfAborted(signal, 'Copying a file');
    const read = readSync(from, buffer, 0, Math.min(buffer.length, end - at), at);
    if (read === 0) return;
    writeBytes(to, buffer, 0, read, at);
    at += read;
    await new Promise(setImmediate);
  }
}
