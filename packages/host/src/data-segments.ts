import { errnoError } from './errno.ts';
import { lastErrno, libc } from './libc.ts';

const SEEK_DATA = 3;
const SEEK_HOLE = 4;
const EINVAL = 22;
const ENXIO = 6;

/** A run of data in a file, in bytes. What lies between two runs reads as zeros and takes no space. */
export interface DataRun {
  readonly offset: number;
  readonly length: number;
}

/**
 * The runs of data among the first `size` bytes of an open file, ascending and apart, as far as its file system knows them.
 *
 * One run where it cannot tell. Moves the descriptor's position. Costs two system calls per run, made as the runs are asked for.
 */
export function* dataSegments(fd: number, size: number): Generator<DataRun, void, undefined> {
  let at = 0;
  while (at < size) {
    const start = seek(fd, at, SEEK_DATA);
    if (start === undefined || start >= size) return;
    const end = Math.min(seek(fd, start, SEEK_HOLE) ?? size, size);
    // A file that is cut off meanwhile has no data there any more.
    if (end <= start) return;
    yield { offset: start, length: end - start };
    at = end;
  }
}

/** Whether there is any hole among the first `size` bytes. Costs one system call. */
export function hasHole(fd: number, size: number): boolean {
  const hole = seek(fd, 0, SEEK_HOLE);
  return hole !== undefined && hole < size;
}

function seek(fd: number, offset: number, whence: number): number | undefined {
  const found = libc().lseek(fd, offset, whence);
  if (found >= 0) return found;
  const errno = lastErrno();
  if (errno === ENXIO) return undefined;
  // A file system that knows of no holes: everything is data, and the only hole begins at the end.
  if (errno === EINVAL) return whence === SEEK_DATA ? offset : undefined;
  throw errnoError('lseek', errno);
}
