/**
 * What a node is, as stat(2) tells it. Plain numbers all of it, so that answering makes no garbage: one object may be used again
 * for every answer that is no promise, for the server encodes an answer before it asks for the next one.
 */
export interface Attributes {
  /** The inode number that programs see. Need not be the node id. Below 2^53. */
  readonly ino: number;
  /** In bytes, below 2^53. */
  readonly size: number;
  /** Allocated, in units of 512 bytes. */
  readonly blocks: number;
  /** Type and permission bits, as `S_IFREG | 0o644`. */
  readonly mode: number;
  readonly links: number;
  readonly uid: number;
  readonly gid: number;
  /** Of devices, as `makedev` of `@graphdriver/host` makes it; otherwise 0. */
  readonly rdev: number;
  /** What `st_blksize` says: the size of good I/O. 0 for the kernel's own. */
  readonly blockSize: number;
  /** Whole seconds since 1970, which may be negative, and the nanoseconds beyond them. */
  readonly atime: number;
  readonly atimeNs: number;
  readonly mtime: number;
  readonly mtimeNs: number;
  readonly ctime: number;
  readonly ctimeNs: number;
}

/** Answers about a node that has a name: what the kernel remembers of it, and for how long. */
export interface Entry {
  /** The id by which the kernel asks about it from now on: 1 is the root, 0 is none, below 2^53. */
  readonly node: number;
  /** Tells apart two nodes that had the same id one after the other; 0 unless told. Only NFS export needs it. */
  readonly generation?: number;
  readonly attributes: Attributes;
  /** For how many seconds the name may be believed without asking: 0 means ask each time, fractions count. */
  readonly entryTimeout: number;
  /** For how many seconds the attributes may be believed. */
  readonly attributeTimeout: number;
}

/** The answer of `lookup` that there is no such name, and that the kernel may remember that. `Errno` ENOENT is not remembered. */
export interface Absence {
  readonly node: 0;
  readonly entryTimeout: number;
}

/** The answer of `getattr` and `setattr`. */
export interface AttributesAnswer {
  readonly attributes: Attributes;
  readonly attributeTimeout: number;
}

/** A time as setattr brings it. */
export interface Time {
  readonly seconds: number;
  readonly nanoseconds: number;
}
