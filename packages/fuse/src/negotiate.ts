import type { Features, SessionOptions } from './features.ts';
import type { FileSystem } from './file-system.ts';
import type { Message } from './message.ts';
import { INIT_FLAGS, type InitFlag, MAJOR, MINOR, OLDEST_MINOR, OUT_HEADER } from './protocol.ts';
import { ProtocolError } from './protocol-error.ts';
import type { Reply } from './reply.ts';
import type { SessionParameters } from './session.ts';

const PAGE = 4096;
const UPPER = 2 ** 32;
const DEFAULT_MAX_WRITE = 1 << 20;
const SMALLEST_INIT = 16;
const INIT_OUT = 64;
// struct fuse_init_out has it as 16 bits.
const LARGEST_16 = 0xffff;

/** What the kernel offers in INIT. */
export interface Offer {
  readonly major: number;
  readonly minor: number;
  readonly maxReadahead: number;
  /** A sum of `INIT_FLAGS`, of which some may be unknown here. */
  readonly flags: number;
}

/** struct fuse_init_in: the upper half of the flags is only there with INIT_EXT. */
export function decodeInit(message: Message): Offer {
  message.need(SMALLEST_INIT);
  const lower = message.u32(52);
  const upper = (lower & INIT_FLAGS.INIT_EXT) === 0 ? 0 : message.u32(56);
  // Bit 63 and its neighbours are beyond what is defined, and beyond a number.
  const flags = lower + (upper & 0x1fffff) * UPPER;
  return { major: message.u32(40), minor: message.u32(44), maxReadahead: message.u32(48), flags };
}

/** Checks what would never work. @throws {TypeError} */
export function checkSessionOptions({ features = {}, maxWrite = DEFAULT_MAX_WRITE }: SessionOptions): void {
  if ((features.passthrough ?? 0) > 0 && features.writeback === true)
    throw new TypeError(
      'A kernel that gathers writes takes no files to read and write itself: no writeback beside passthrough.',
    );
  if (features.explicitInvalidation === true && features.autoInvalidate === true)
    throw new TypeError(
      'Pages are dropped when told, or when attributes change: no autoInvalidate beside explicitInvalidation.',
    );
  if (maxWrite < PAGE || maxWrite > DEFAULT_MAX_WRITE || maxWrite % PAGE !== 0)
    throw new TypeError(`maxWrite is a number of whole pages between 4 KiB and 1 MiB, not ${maxWrite}.`);
}

/**
 * What comes of the kernel's offer and this file system's wishes.
 *
 * @throws {ProtocolError} where the kernel is older than Linux 5.4
 */
export function negotiate(offer: Offer, fileSystem: FileSystem, options: SessionOptions): SessionParameters {
  if (offer.major < MAJOR || (offer.major === MAJOR && offer.minor < OLDEST_MINOR))
    throw new ProtocolError(
      'version',
      `The kernel speaks FUSE ${offer.major}.${offer.minor}; this needs 7.${OLDEST_MINOR}.`,
    );
  const features = options.features ?? {};
  const wanted = wishes(features, fileSystem).filter((name) => has(offer.flags, name));
  const passthrough = wanted.includes('PASSTHROUGH');
  return {
    minor: Math.min(offer.minor, MINOR),
    flags: wanted.reduce((sum, name) => sum + INIT_FLAGS[name], 0),
    offered: offer.flags,
    maxWrite: options.maxWrite ?? DEFAULT_MAX_WRITE,
    stackDepth: passthrough ? (features.passthrough ?? 0) : 0,
  };
}

/** Tells whether a sum of `INIT_FLAGS` has one of them. */
export function has(flags: number, name: InitFlag): boolean {
  return Math.floor(flags / INIT_FLAGS[name]) % 2 === 1;
}

function wishes(features: Features, fileSystem: FileSystem): InitFlag[] {
  const plus = fileSystem.readdirplus === undefined ? 'never' : (features.readdirplus ?? 'auto');
  const explicit = features.explicitInvalidation === true;
  const list: readonly (readonly [InitFlag, boolean | undefined])[] = [
    ['INIT_EXT', true],
    ['BIG_WRITES', true],
    ['MAX_PAGES', true],
    ['ASYNC_READ', features.asyncRead ?? true],
    ['ASYNC_DIO', features.asyncDirectIo ?? true],
    ['ATOMIC_O_TRUNC', (features.atomicTruncate ?? true) && fileSystem.open !== undefined],
    ['PARALLEL_DIROPS', features.parallelDirectoryOperations ?? true],
    ['CACHE_SYMLINKS', features.cacheSymlinks ?? true],
    ['DO_READDIRPLUS', plus !== 'never'],
    ['READDIRPLUS_AUTO', plus === 'auto'],
    ['NO_OPENDIR_SUPPORT', fileSystem.opendir === undefined],
    ['NO_OPEN_SUPPORT', fileSystem.open === undefined],
    ['AUTO_INVAL_DATA', features.autoInvalidate ?? !explicit],
    ['EXPLICIT_INVAL_DATA', explicit],
    ['WRITEBACK_CACHE', features.writeback],
    ['PASSTHROUGH', (features.passthrough ?? 0) > 0],
    ['HANDLE_KILLPRIV_V2', features.killPrivileges],
    ['POSIX_ACL', features.posixAcl],
    ['SETXATTR_EXT', features.posixAcl],
    ['DONT_MASK', features.dontMask],
    ['POSIX_LOCKS', fileSystem.setlk !== undefined],
    ['FLOCK_LOCKS', features.remoteFlock === true && fileSystem.setlk !== undefined],
    ['HAS_IOCTL_DIR', fileSystem.ioctl !== undefined],
    ['EXPORT_SUPPORT', features.exportSupport],
    ['DIRECT_IO_ALLOW_MMAP', features.mapDirectIo],
    ['ALLOW_IDMAP', features.idMap],
  ];
  return list.flatMap(([name, wanted]) => (wanted === true ? [name] : []));
}

/** Writes struct fuse_init_out; returns its end. */
export function encodeInit(reply: Reply, offer: Offer, agreed: SessionParameters, options: SessionOptions): number {
  const background = Math.min(options.maxBackground ?? 64, LARGEST_16);
  const timeout = has(agreed.offered, 'REQUEST_TIMEOUT') ? Math.min(options.requestTimeout ?? 0, LARGEST_16) : 0;
  const flags = agreed.flags + (timeout > 0 ? INIT_FLAGS.REQUEST_TIMEOUT : 0);
  const at = OUT_HEADER;
  reply.bytes.fill(0, at, at + INIT_OUT);
  reply.u32(at, MAJOR);
  reply.u32(at + 4, agreed.minor);
  reply.u32(at + 8, Math.min(options.maxReadahead ?? offer.maxReadahead, offer.maxReadahead));
  reply.u32(at + 12, flags % UPPER);
  reply.u16(at + 16, background);
  reply.u16(at + 18, Math.min(options.congestionThreshold ?? Math.floor(background * 0.75), LARGEST_16));
  reply.u32(at + 20, agreed.maxWrite);
  reply.u32(at + 24, options.timeGranularity ?? 1);
  reply.u16(at + 28, agreed.maxWrite / PAGE);
  reply.u32(at + 32, Math.floor(flags / UPPER));
  reply.u32(at + 36, agreed.stackDepth);
  reply.u16(at + 40, timeout);
  return at + INIT_OUT;
}

/** Writes what a kernel with a newer major version is told: to ask again in version 7. */
export function encodeVersion(reply: Reply): number {
  reply.bytes.fill(0, OUT_HEADER, OUT_HEADER + INIT_OUT);
  reply.u32(OUT_HEADER, MAJOR);
  reply.u32(OUT_HEADER + 4, MINOR);
  return OUT_HEADER + INIT_OUT;
}
