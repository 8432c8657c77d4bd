import type { Message } from './message.ts';
import { IN_HEADER, OPCODES } from './protocol.ts';
import type {
  CreateRequest,
  LinkRequest,
  MakeNodeRequest,
  MakeRequest,
  RenameRequest,
  SymlinkRequest,
} from './requests.ts';

const OPEN_KILL_SUIDGID = 1;
const NOREPLACE = 1;
const EXCHANGE = 2;
const WHITEOUT = 4;

/** The name that LOOKUP, UNLINK, RMDIR and REMOVEXATTR are about. */
export function decodeName(message: Message): string {
  return message.name(IN_HEADER);
}

/** struct fuse_mknod_in and a name. */
export function decodeMakeNode(message: Message): MakeNodeRequest {
  message.need(16);
  return { name: message.name(56), mode: message.u32(40), umask: message.u32(48), rdev: message.u32(44) };
}

/** struct fuse_mkdir_in and a name. */
export function decodeMakeDirectory(message: Message): MakeRequest {
  message.need(8);
  return { name: message.name(48), mode: message.u32(40), umask: message.u32(44) };
}

/** Two names. */
export function decodeSymlink(message: Message): SymlinkRequest {
  const name = message.name(IN_HEADER);
  return { name, target: message.name(message.end) };
}

/** struct fuse_rename_in or fuse_rename2_in, and two names. */
export function decodeRename(message: Message): RenameRequest {
  const second = message.opcode === OPCODES.RENAME2;
  message.need(second ? 16 : 8);
  const flags = second ? message.u32(48) : 0;
  const name = message.name(second ? 56 : 48);
  return {
    name,
    newParent: message.u64(40),
    newName: message.name(message.end),
    noReplace: (flags & NOREPLACE) !== 0,
    exchange: (flags & EXCHANGE) !== 0,
    whiteout: (flags & WHITEOUT) !== 0,
  };
}

/** struct fuse_link_in and a name. */
export function decodeLink(message: Message): LinkRequest {
  message.need(8);
  return { node: message.u64(40), newName: message.name(48) };
}

/** struct fuse_create_in and a name, of CREATE and TMPFILE. The kernel calls a file without a name `/`. */
export function decodeCreate(message: Message): CreateRequest {
  message.need(16);
  const name = message.name(56);
  return {
    name: message.opcode === OPCODES.TMPFILE ? '' : name,
    flags: message.u32(40),
    mode: message.u32(44),
    umask: message.u32(48),
    killSuidGid: (message.u32(52) & OPEN_KILL_SUIDGID) !== 0,
  };
}
