import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type CopyAbilities, copyRange, copyRangeAtOnce } from './copy-range.ts';
import { errnoError, isErrno } from './errno.ts';
import { faultPoint } from './fault-point.ts';
import type { FilePath } from './file-path.ts';
import { checked, inThread, lastErrno, libc } from './libc.ts';
import { truncateFile, writeBytes } from './open-files.ts';

const FICLONE = 0x40049409;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;
const ENXIO = 6;
const EINVAL = 22;
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;
/** Up to this size a file is read and written at once. */
const SMALL = 64 << 10;
/** Up to this size {@link copyFileDataNow} copies: some tenths of a millisecond, less than going to another thread and back may take. */
const AT_ONCE = 1 << 20;
/** From this size on a clone runs in another thread, for it first writes back what is dirty. */
const CLONE_IN_THREAD_FROM = 1 << 20;

const CANNOT_CLONE = ['ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EINVAL', 'ENOTTY', 'ENOSYS', 'EPERM', 'ETXTBSY', 'EBADF'];

const small = Buffer.allocUnsafeSlow(SMALL);

/** Options of {@link copyFileData}. */
export interface CopyFileOptions {
  readonly signal?: AbortSignal;
  /** Kept by who copies many files between the same two file systems. */
  readonly abilities?: CopyAbilities;
}

/** Everything is worth a try. */
export function copyAbilities(): CopyAbilities {
  return { clone: true, range: true };
}

/**
 * Copies `size` bytes of an open file to another that is open for writing and empty. Holes stay holes.
 *
 * Shares the blocks where the file system can (`cloned`), else copies in the kernel, else by reading and writing. Large files are
 * copied in another thread. Neither the metadata nor the position of the descriptors matters.
 *
 * @throws {StorageError} `ABORTED`; the target then holds a part
 */
export async function copyFileData(
  from: number,
  to: number,
  size: number,
  options: CopyFileOptions = {},
): Promise<'cloned' | 'copied'> {
  const abilities = options.abilities ?? copyAbilities();
  if (size === 0) return 'copied';
  if (abilities.clone && (await clone(from, to, size, abilities))) return 'cloned';
  if (size <= SMALL && !isSparse(from, size)) {
    copySmall(from, to, size);
    return 'copied';
  }
  await copySegments(from, to, size, abilities, options.signal);
  return 'copied';
}

/** Options of {@link copyFileDataNow}. */
export interface CopyNowOptions {
  readonly abilities: CopyAbilities;
  /** The caller will wait until the copy is on the disk: it is sent there while it is being made. Not unless told. */
  readonly sends?: boolean;
}

/**
 * The same without waiting, for a file without holes of at most 1 MiB, or one that can share its blocks. `undefined` where that is not
 * so: the target is then to be filled from its beginning.
 */
export function copyFileDataNow(
  from: number,
  to: number,
  { size, allocated }: { readonly size: number; readonly allocated: number },
  { abilities, sends = false }: CopyNowOptions,
): 'cloned' | 'copied' | undefined {
  if (size === 0) return 'copied';
  if (size < CLONE_IN_THREAD_FROM && cloneNow(from, to, abilities)) return 'cloned';
  if (abilities.clone || size > AT_ONCE || allocated < size) return undefined;
  if (size > SMALL) return copyRangeAtOnce(from, to, size, { abilities, sends }) ? 'copied' : undefined;
  copySmall(from, to, size);
  return 'copied';
}

async function clone(from: number, to: number, size: number, abilities: CopyAbilities): Promise<boolean> {
  if (size < CLONE_IN_THREAD_FROM) return cloneNow(from, to, abilities);
  faultPoint('ficlone');
  try {
    await inThread('ioctlNumber', 'ficlone', [to, FICLONE, from]);
    return true;
  } catch (error) {
    noteNoClone(error, abilities);
    return false;
  }
}

function cloneNow(from: number, to: number, abilities: CopyAbilities): boolean {
  if (!abilities.clone) return false;
  faultPoint('ficlone');
  try {
    checked('ficlone', libc().ioctlNumber(to, FICLONE, from));
    return true;
  } catch (error) {
    noteNoClone(error, abilities);
    return false;
  }
}

/** Throws what is a failure indeed. */
function noteNoClone(error: unknown, abilities: CopyAbilities): void {
  if (!isErrno(error, ...CANNOT_CLONE)) throw error;
  // EINVAL and ETXTBSY speak of these two files, all others of the file systems.
  if (!isErrno(error, 'EINVAL', 'ETXTBSY')) abilities.clone = false;
}

function isSparse(fd: number, size: number): boolean {
  return fstatSync(fd).blocks * 512 < size;
}

function copySmall(from: number, to: number, size: number): void {
  let at = 0;
  while (at < size) {
    const read = readSync(from, small, at, size - at, at);
    if (read === 0) break;
    at += read;
  }
  if (at > 0) writeBytes(to, small, 0, at, 0);
}

async function copySegments(
  from: number,
  to: number,
  size: number,
  abilities: CopyAbilities,
  signal: AbortSignal | undefined,
): Promise<void> {
  let end = 0;
  for (;;) {
    const start = seek(from, end, SEEK_DATA);
    if (start === undefined || start >= size) break;
    end = Math.min(seek(from, start, SEEK_HOLE) ?? size, size);
    await copyRange(from, to, { start, end }, abilities, signal);
  }
  if (end < size) truncateFile(to, size);
}

/** Where data, or a hole, begins at or after `offset`; `undefined` where there is no more. */
function seek(fd: number, offset: number, whence: number): number | undefined {
  const found = libc().lseek(fd, offset, whence);
  if (found >= 0) return found;
  const errno = lastErrno();
  if (errno === ENXIO) return undefined;
  // A file system that knows no holes: all is data.
  if (errno === EINVAL) return whence === SEEK_DATA ? offset : undefined;
  throw errnoError('lseek', errno);
}

/** Tells whether files in `directory` can share blocks, by trying it on two files without a name. False on anything unclear. */
export function canReflink(directory: FilePath): boolean {
  const open: number[] = [];
  try {
    const [from, to] = [
      openSync(directory, O_TMPFILE | constants.O_RDWR, 0o600),
      openSync(directory, O_TMPFILE | constants.O_RDWR, 0o600),
    ];
    open.push(from, to);
    writeBytes(from, Buffer.alloc(4096, 1));
    return libc().ioctlNumber(to, FICLONE, from) >= 0;
  } catch (error) {
    if (isErrno(error)) return false;
    throw error;
  } finally {
    for (const fd of open) closeSync(fd);
  }
}
