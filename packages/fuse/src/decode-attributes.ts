import type { Time } from './attributes.ts';
import type { Message } from './message.ts';
import { IN_HEADER } from './protocol.ts';
import { ProtocolError } from './protocol-error.ts';
import type { SetAttributesRequest, SetXattrRequest } from './requests.ts';

const GETATTR_FH = 1;
const FATTR = {
  MODE: 1,
  UID: 2,
  GID: 4,
  SIZE: 8,
  ATIME: 16,
  MTIME: 32,
  FH: 64,
  ATIME_NOW: 128,
  MTIME_NOW: 256,
} as const;
const FATTR_CTIME = 1024;
const FATTR_KILL_SUIDGID = 2048;

/** struct fuse_getattr_in: the handle, where fstat(2) is asked. */
export function decodeGetAttributes(message: Message): number | undefined {
  message.need(16);
  return (message.u32(IN_HEADER) & GETATTR_FH) === 0 ? undefined : message.u64(48);
}

/** struct fuse_setattr_in. */
export function decodeSetAttributes(message: Message): SetAttributesRequest {
  message.need(88);
  const valid = message.u32(40);
  return {
    mode: (valid & FATTR.MODE) === 0 ? undefined : message.u32(108),
    uid: (valid & FATTR.UID) === 0 ? undefined : message.u32(116),
    gid: (valid & FATTR.GID) === 0 ? undefined : message.u32(120),
    size: (valid & FATTR.SIZE) === 0 ? undefined : message.u64(56),
    atime: (valid & FATTR.ATIME) === 0 ? undefined : timeOf(message, (valid & FATTR.ATIME_NOW) !== 0, 72, 96),
    mtime: (valid & FATTR.MTIME) === 0 ? undefined : timeOf(message, (valid & FATTR.MTIME_NOW) !== 0, 80, 100),
    ctime: (valid & FATTR_CTIME) === 0 ? undefined : { seconds: message.seconds(88), nanoseconds: message.u32(104) },
    handle: (valid & FATTR.FH) === 0 ? undefined : message.u64(48),
    killSuidGid: (valid & FATTR_KILL_SUIDGID) !== 0,
  };
}

function timeOf(message: Message, now: boolean, seconds: number, nanoseconds: number): Time | 'now' {
  return now ? 'now' : { seconds: message.seconds(seconds), nanoseconds: message.u32(nanoseconds) };
}

const XATTR_CREATE = 1;
const XATTR_REPLACE = 2;
const ACL_KILL_SGID = 1;

/** struct fuse_setxattr_in, which is longer after SETXATTR_EXT was agreed on, a name and a value. */
export function decodeSetXattr(message: Message, extended: boolean): SetXattrRequest {
  message.need(extended ? 16 : 8);
  const size = message.u32(40);
  const flags = message.u32(44);
  const name = message.name(extended ? 56 : 48);
  return {
    name,
    value: message.data(message.end, size),
    create: (flags & XATTR_CREATE) !== 0,
    replace: (flags & XATTR_REPLACE) !== 0,
    killSgid: extended && (message.u32(48) & ACL_KILL_SGID) !== 0,
  };
}

/** The size in struct fuse_getxattr_in, of GETXATTR and LISTXATTR: how much the caller has room for; 0 asks how much it takes. */
export function decodeXattrSize(message: Message): number {
  message.need(8);
  return message.u32(IN_HEADER);
}

/** The name behind it, in GETXATTR. */
export function decodeXattrName(message: Message): string {
  message.need(8);
  return message.name(48);
}

/** The mask in struct fuse_access_in. */
export function decodeAccess(message: Message): number {
  message.need(8);
  const mask = message.u32(IN_HEADER);
  if (mask > 7) throw new ProtocolError('unknown-value', `access(2) has no mask ${mask}.`);
  return mask;
}
