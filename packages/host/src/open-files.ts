import { closeSync, constants, fchmodSync, fchownSync, ftruncateSync, openSync, write, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { faultPoint } from './fault-point.ts';
import type { FilePath } from './file-path.ts';
import { type FileTimes, timespecs } from './file-times.ts';
import { checked, libc } from './libc.ts';

const CREATE_NEW = constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW | constants.O_WRONLY;

const writeAsync = promisify(write);

/** Makes a file that did not exist and opens it for writing. The umask takes its bits from `mode`. Children do not inherit it. */
export function createFile(path: FilePath, mode: number): number {
  faultPoint('open', path);
  return openSync(path, CREATE_NEW, mode);
}

/** Opens with `flags` of `node:fs` constants. Opening for more than reading passes the fault point. */
export function openFile(path: FilePath, flags: number, mode = 0o666): number {
  if ((flags & (constants.O_WRONLY | constants.O_RDWR | constants.O_CREAT)) !== 0) faultPoint('open', path);
  return openSync(path, flags, mode);
}

/**
 * Writes all of `bytes`, or `length` of them from `offset`, at `position` or where the descriptor stands. Returns how many that is.
 *
 * Blocks; keep pieces small, or use `fs.promises` beside {@link faultPoint} for big ones.
 */
export function writeBytes(
  fd: number,
  bytes: Uint8Array,
  offset = 0,
  length: number = bytes.length - offset,
  position?: number,
): number {
  faultPoint('write');
  let done = 0;
  while (done < length) {
    const at = position === undefined ? null : position + done;
    done += writeSync(fd, bytes, offset + done, length - done, at);
  }
  return length;
}

/** The same as {@link writeBytes} in another thread. Neither `bytes` nor the descriptor are to be touched before it is done. */
export async function writeBytesInThread(fd: number, bytes: Uint8Array, position: number): Promise<void> {
  faultPoint('write');
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await writeAsync(fd, bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** Sets the size; what is new reads as zeroes and takes no space. */
export function truncateFile(fd: number, size: number): void {
  faultPoint('truncate');
  ftruncateSync(fd, size);
}

/** Closes. Some file systems report only now that a write failed. */
export function closeFile(fd: number): void {
  closeSync(fd);
}

/** Sets permission, set-id and sticky bits exactly. */
export function changeFileMode(fd: number, mode: number): void {
  faultPoint('chmod');
  fchmodSync(fd, mode);
}

/** Sets the owner. The kernel takes set-id bits away: set the mode afterwards. */
export function changeFileOwner(fd: number, uid: number, gid: number): void {
  faultPoint('chown');
  fchownSync(fd, uid, gid);
}

/** Sets times to the nanosecond. */
export function setFileTimes(fd: number, times: FileTimes): void {
  faultPoint('utimens');
  checked('futimens', libc().futimens(fd, timespecs(times)));
}
