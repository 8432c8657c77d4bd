import { type Message, requestId } from './message.ts';
import { IN_HEADER, OPCODES } from './protocol.ts';
import { ProtocolError } from './protocol-error.ts';
import type {
  AllocateRequest,
  CopyRangeRequest,
  FileLock,
  FlushRequest,
  IoctlRequest,
  LockRequest,
  OpenRequest,
  ReadRequest,
  ReleaseRequest,
  SeekRequest,
  SyncRequest,
  WriteRequest,
} from './requests.ts';

const OPEN_KILL_SUIDGID = 1;
const RELEASE_FLOCK_UNLOCK = 2;
const WRITE_CACHE = 1;
const WRITE_KILL_SUIDGID = 4;
const FDATASYNC = 1;
const LK_FLOCK = 1;
const IOCTL_DIR = 16;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;
const EVERYTHING = Number.MAX_SAFE_INTEGER;
// Whole pages in 32 bits, which is what the answer to the older request has.
const EVERYTHING_32 = 0xfffff000;

/** struct fuse_open_in, of OPEN and OPENDIR. */
export function decodeOpen(message: Message): OpenRequest {
  message.need(8);
  return { flags: message.u32(40), killSuidGid: (message.u32(44) & OPEN_KILL_SUIDGID) !== 0 };
}

/** struct fuse_read_in, of READ, READDIR and READDIRPLUS; reading ends at 2^53. `into` has to hold what is asked for. */
export function decodeRead(message: Message, into: Buffer): ReadRequest {
  message.need(40);
  const size = Math.min(message.u32(56), into.length);
  return { handle: message.u64(40), offset: message.u64(48), size, flags: message.u32(72), into };
}

/** struct fuse_write_in and the data. */
export function decodeWrite(message: Message): WriteRequest {
  message.need(40);
  const flags = message.u32(60);
  return {
    handle: message.u64(40),
    offset: message.u64(48),
    data: message.data(80, message.u32(56)),
    flags: message.u32(72),
    fromCache: (flags & WRITE_CACHE) !== 0,
    killSuidGid: (flags & WRITE_KILL_SUIDGID) !== 0,
  };
}

/** struct fuse_release_in, of RELEASE and RELEASEDIR. */
export function decodeRelease(message: Message): ReleaseRequest {
  message.need(24);
  return {
    handle: message.u64(40),
    flags: message.u32(48),
    lockOwner: message.big(56),
    unlockFlock: (message.u32(52) & RELEASE_FLOCK_UNLOCK) !== 0,
  };
}

/** struct fuse_flush_in. */
export function decodeFlush(message: Message): FlushRequest {
  message.need(24);
  return { handle: message.u64(40), lockOwner: message.big(56) };
}

/** struct fuse_fsync_in, of FSYNC and FSYNCDIR. */
export function decodeSync(message: Message): SyncRequest {
  message.need(16);
  return { handle: message.u64(40), dataOnly: (message.u32(48) & FDATASYNC) !== 0 };
}

/** struct fuse_fallocate_in. */
export function decodeAllocate(message: Message): AllocateRequest {
  message.need(32);
  return { handle: message.u64(40), offset: message.u64(48), length: message.u64(56), mode: message.u32(64) };
}

/** struct fuse_lseek_in. */
export function decodeSeek(message: Message): SeekRequest {
  message.need(24);
  const whence = message.u32(56);
  if (whence !== SEEK_DATA && whence !== SEEK_HOLE)
    throw new ProtocolError('unknown-value', `lseek(2) comes here with ${whence}.`);
  return { handle: message.u64(40), offset: message.u64(48), whence: whence === SEEK_DATA ? 'data' : 'hole' };
}

/** struct fuse_copy_file_range_in. The length is no more than a wish, and so has no limit. */
export function decodeCopyRange(message: Message): CopyRangeRequest {
  message.need(56);
  const length = message.big(80);
  const most = message.opcode === OPCODES.COPY_FILE_RANGE ? EVERYTHING_32 : EVERYTHING;
  return {
    handle: message.u64(40),
    offset: message.u64(48),
    toNode: message.u64(56),
    toHandle: message.u64(64),
    toOffset: message.u64(72),
    length: length > most ? most : Number(length),
  };
}

// F_RDLCK, F_WRLCK and F_UNLCK of asm-generic/fcntl.h.
const LOCK_TYPES: readonly FileLock['type'][] = ['read', 'write', 'unlock'];

/** struct fuse_lk_in, of GETLK, SETLK and SETLKW. */
export function decodeLock(message: Message): LockRequest {
  message.need(48);
  const type = LOCK_TYPES[message.u32(72)];
  if (type === undefined) throw new ProtocolError('unknown-value', `There is no lock of type ${message.u32(72)}.`);
  return {
    handle: message.u64(40),
    owner: message.big(48),
    lock: { type, start: message.big(56), end: message.big(64), pid: message.u32(76) },
    flock: (message.u32(80) & LK_FLOCK) !== 0,
    wait: message.opcode === OPCODES.SETLKW,
  };
}

/** The number of a lock type. */
export function lockNumber(type: FileLock['type']): number {
  return LOCK_TYPES.indexOf(type);
}

/** struct fuse_ioctl_in and what goes in. */
export function decodeIoctl(message: Message): IoctlRequest {
  message.need(32);
  return {
    handle: message.u64(IN_HEADER),
    directory: (message.u32(48) & IOCTL_DIR) !== 0,
    command: message.u32(52),
    argument: message.big(56),
    data: message.data(72, message.u32(64)),
    outSize: message.u32(68),
  };
}

/** What FORGET and BATCH_FORGET take back, told one by one. */
export function decodeForget(message: Message, forget: (node: number, lookups: number) => void): void {
  if (message.opcode === OPCODES.FORGET) {
    message.need(8);
    forget(message.node, message.u64(40));
    return;
  }
  message.need(8);
  const count = message.u32(40);
  message.need(8 + count * 16);
  for (let index = 0, at = 48; index < count; index += 1, at += 16) forget(message.u64(at), message.u64(at + 8));
}

/** The request that INTERRUPT is about, without the bit of a resent one. */
export function decodeInterrupt(message: Message): number {
  message.need(8);
  return requestId(message.u32(40), message.u32(44));
}
