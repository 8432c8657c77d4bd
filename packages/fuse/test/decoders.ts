import {
  decodeAccess,
  decodeGetAttributes,
  decodeSetAttributes,
  decodeSetXattr,
  decodeXattrName,
  decodeXattrSize,
} from '../src/decode-attributes.ts';
import {
  decodeAllocate,
  decodeCopyRange,
  decodeFlush,
  decodeForget,
  decodeInterrupt,
  decodeIoctl,
  decodeLock,
  decodeOpen,
  decodeRead,
  decodeRelease,
  decodeSeek,
  decodeSync,
  decodeWrite,
} from '../src/decode-files.ts';
import {
  decodeCreate,
  decodeLink,
  decodeMakeDirectory,
  decodeMakeNode,
  decodeName,
  decodeRename,
  decodeSymlink,
} from '../src/decode-names.ts';
import type { Message } from '../src/message.ts';
import { decodeInit } from '../src/negotiate.ts';
import type { Operation } from '../src/protocol.ts';

const into = Buffer.alloc(1 << 20);

function forgotten(message: Message): [number, number][] {
  const list: [number, number][] = [];
  decodeForget(message, (node, lookups) => list.push([node, lookups]));
  return list;
}

/** How each kind of request is read: the ones without a body are left out. */
export const DECODERS: Readonly<Partial<Record<Operation, (message: Message) => unknown>>> = {
  INIT: decodeInit,
  LOOKUP: decodeName,
  UNLINK: decodeName,
  RMDIR: decodeName,
  REMOVEXATTR: decodeName,
  FORGET: forgotten,
  BATCH_FORGET: forgotten,
  INTERRUPT: decodeInterrupt,
  GETATTR: decodeGetAttributes,
  SETATTR: decodeSetAttributes,
  ACCESS: decodeAccess,
  SETXATTR: (message) => decodeSetXattr(message, false),
  GETXATTR: (message) => ({ size: decodeXattrSize(message), name: decodeXattrName(message) }),
  LISTXATTR: decodeXattrSize,
  MKNOD: decodeMakeNode,
  MKDIR: decodeMakeDirectory,
  SYMLINK: decodeSymlink,
  LINK: decodeLink,
  RENAME: decodeRename,
  RENAME2: decodeRename,
  CREATE: decodeCreate,
  TMPFILE: decodeCreate,
  OPEN: decodeOpen,
  OPENDIR: decodeOpen,
  READ: (message) => ({ ...decodeRead(message, into), into: undefined }),
  READDIR: (message) => ({ ...decodeRead(message, into), into: undefined }),
  READDIRPLUS: (message) => ({ ...decodeRead(message, into), into: undefined }),
  WRITE: decodeWrite,
  RELEASE: decodeRelease,
  RELEASEDIR: decodeRelease,
  FLUSH: decodeFlush,
  FSYNC: decodeSync,
  FSYNCDIR: decodeSync,
  FALLOCATE: decodeAllocate,
  LSEEK: decodeSeek,
  COPY_FILE_RANGE: decodeCopyRange,
  COPY_FILE_RANGE_64: decodeCopyRange,
  GETLK: decodeLock,
  SETLK: decodeLock,
  SETLKW: decodeLock,
  IOCTL: decodeIoctl,
};
