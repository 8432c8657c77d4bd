import { isErrno } from './errno.ts';
import { faultPoint } from './fault-point.ts';
import { filesystemOf } from './filesystem.ts';
import { checked, libc } from './libc.ts';

/** Less than this is written as fast without. */
const WORTH_RESERVING = 128 << 10;
const FALLOC_FL_KEEP_SIZE = 1;

/** Whether blocks are to be reserved on a file system. Kept by who writes many files there. */
export interface ReserveAbility {
  /** Looked up when it first matters. */
  reserve?: boolean;
}

/**
 * Has all blocks of a range of a new file reserved at once that is about to be written: 7 to 300 µs for up to 64 MiB. The file's size
 * stays as it is. On ext4, where else each page reserves its own, writing 128 KiB takes a tenth less for it, and from 1 MiB on a quarter
 * to a third.
 *
 * Does nothing on other file systems: on xfs it saves nothing, and btrfs would no more compress what is written there. A failure is
 * passed over, for the write says better why it cannot.
 */
export function reserveBlocks(fd: number, offset: number, length: number, ability: ReserveAbility): void {
  if (length < WORTH_RESERVING) return;
  ability.reserve ??= filesystemOf(`/proc/self/fd/${fd}`).name === 'ext4';
  if (!ability.reserve) return;
  try {
    faultPoint('fallocate');
    checked('fallocate', libc().fallocate(fd, FALLOC_FL_KEEP_SIZE, offset, length));
  } catch (error) {
    if (!isErrno(error)) throw error;
  }
}
