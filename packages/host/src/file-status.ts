import { errnoError } from './errno.ts';
import { lastErrno, libc } from './libc.ts';

const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_EMPTY_PATH = 0x1000;
const STATX_BASIC_STATS = 0x7ff;
const TWO_32 = 2 ** 32;

const names = Buffer.allocUnsafe(4200);
const result = Buffer.alloc(256);
const words = new Uint32Array(result.buffer, result.byteOffset, 64);
const signed = new Int32Array(result.buffer, result.byteOffset, 64);
const halves = new Uint16Array(result.buffer, result.byteOffset, 128);

/** What stat(2) tells of a file, as plain numbers. The same object may be filled again and again, so that asking makes no garbage. */
export class FileStatus {
  ino = 0;
  /** Type and permission bits. */
  mode = 0;
  links = 0;
  uid = 0;
  gid = 0;
  /** As `makedev` makes it; 0 for what is no device. */
  rdev = 0;
  /** In bytes; exact below 2^53. */
  size = 0;
  /** Allocated, in units of 512 bytes. */
  blocks = 0;
  blockSize = 0;
  /** Whole seconds since 1970, and the nanoseconds beyond. */
  atime = 0;
  atimeNs = 0;
  mtime = 0;
  mtimeNs = 0;
  ctime = 0;
  ctimeNs = 0;
}

/**
 * Looks at a name in a directory (see `openAt` for how both are given), or at the descriptor's own file with the name `''`. Never
 * follows a symbolic link. Costs one statx(2) and half a microsecond.
 *
 * @throws the errno error
 */
export function statAt(directory: number, name: string, status: FileStatus): void {
  names[names.write(name, 0, 4199, 'latin1')] = 0;
  const flags = name === '' ? AT_EMPTY_PATH : AT_SYMLINK_NOFOLLOW;
  const outcome = libc().statx(directory, names, flags, STATX_BASIC_STATS, result);
  if (outcome < 0) throw errnoError('statx', lastErrno(), Buffer.from(name, 'latin1'));
  status.blockSize = word(1);
  status.links = word(4);
  status.uid = word(5);
  status.gid = word(6);
  status.mode = halves[14] ?? 0;
  status.ino = long(8);
  status.size = long(10);
  status.blocks = long(12);
  status.atime = seconds(16);
  status.atimeNs = word(18);
  status.ctime = seconds(24);
  status.ctimeNs = word(26);
  status.mtime = seconds(28);
  status.mtimeNs = word(30);
  const [major, minor] = [word(32), word(33)];
  status.rdev = (minor & 0xff) + (major & 0xfff) * 0x100 + Math.floor(minor / 0x100) * 0x100000;
}

function word(index: number): number {
  return words[index] ?? 0;
}

function long(index: number): number {
  return word(index) + word(index + 1) * TWO_32;
}

function seconds(index: number): number {
  return word(index) + (signed[index + 1] ?? 0) * TWO_32;
}
