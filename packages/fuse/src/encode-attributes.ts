import type { Absence, Attributes, AttributesAnswer, Entry } from './attributes.ts';
import type { ReplyBytes } from './reply-bytes.ts';

/** Size of struct fuse_attr. */
const ATTRIBUTES_SIZE = 88;
/** Size of struct fuse_entry_out. */
export const ENTRY_SIZE = 128;
/** Size of struct fuse_attr_out. */
const ATTRIBUTES_OUT = 104;
// What the kernel turns into "for ever", and a sum with it does not overflow.
const FOREVER = 2 ** 40;

/** Writes struct fuse_attr at `offset`. */
export function encodeAttributes(reply: ReplyBytes, offset: number, attributes: Attributes): number {
  reply.u64(offset, attributes.ino);
  reply.u64(offset + 8, attributes.size);
  reply.u64(offset + 16, attributes.blocks);
  reply.u64(offset + 24, attributes.atime);
  reply.u64(offset + 32, attributes.mtime);
  reply.u64(offset + 40, attributes.ctime);
  reply.u32(offset + 48, attributes.atimeNs);
  reply.u32(offset + 52, attributes.mtimeNs);
  reply.u32(offset + 56, attributes.ctimeNs);
  reply.u32(offset + 60, attributes.mode);
  reply.u32(offset + 64, attributes.links);
  reply.u32(offset + 68, attributes.uid);
  reply.u32(offset + 72, attributes.gid);
  reply.u32(offset + 76, attributes.rdev);
  reply.u32(offset + 80, attributes.blockSize);
  reply.u32(offset + 84, 0);
  return offset + ATTRIBUTES_SIZE;
}

/** Writes struct fuse_entry_out at `offset`. */
export function encodeEntry(reply: ReplyBytes, offset: number, entry: Entry | Absence): number {
  reply.u64(offset, entry.node);
  reply.u64(offset + 8, 'generation' in entry ? (entry.generation ?? 0) : 0);
  encodeTimeout(reply, offset + 16, offset + 32, entry.entryTimeout);
  if (!('attributes' in entry)) {
    reply.bytes.fill(0, offset + 24, offset + 32);
    reply.bytes.fill(0, offset + 36, offset + ENTRY_SIZE);
    return offset + ENTRY_SIZE;
  }
  encodeTimeout(reply, offset + 24, offset + 36, entry.attributeTimeout);
  return encodeAttributes(reply, offset + 40, entry.attributes);
}

/** Writes struct fuse_attr_out at `offset`. */
export function encodeAttributesAnswer(reply: ReplyBytes, offset: number, answer: AttributesAnswer): number {
  encodeTimeout(reply, offset, offset + 8, answer.attributeTimeout);
  reply.u32(offset + 12, 0);
  encodeAttributes(reply, offset + 16, answer.attributes);
  return offset + ATTRIBUTES_OUT;
}

/** A time in seconds as the two fields that the protocol has for it. What is no time counts as none. */
function encodeTimeout(reply: ReplyBytes, seconds: number, nanoseconds: number, timeout: number): void {
  const time = timeout > 0 ? Math.min(timeout, FOREVER) : 0;
  const whole = Math.floor(time);
  reply.u64(seconds, whole);
  reply.u32(nanoseconds, Math.floor((time - whole) * 1e9));
}
