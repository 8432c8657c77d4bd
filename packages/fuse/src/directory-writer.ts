import type { Entry } from './attributes.ts';
import { ENTRY_SIZE, encodeEntry } from './encode-attributes.ts';
import { OUT_HEADER } from './protocol.ts';
import type { ReplyBytes } from './reply-bytes.ts';

// struct fuse_dirent without its name.
const DIRENT = 24;

/** Takes the names of a directory. */
export interface DirectoryWriter {
  /** Whether a name of so many bytes would still be taken. */
  fits(nameLength: number): boolean;
  /**
   * Takes a name (`.` and `..` among them, if the file system has them), or answers `false` where it does not fit any more.
   *
   * `type` are the four type bits of the mode shifted down, as in `d_type`: 4 a directory, 8 a file, 10 a symbolic link, 0 unknown.
   * `next` is where reading goes on behind this name, and not 0: the `offset` of a later request.
   */
  add(name: string, ino: number, type: number, next: number): boolean;
}

/** Takes the names of a directory and what they stand for. */
export interface DirectoryPlusWriter extends DirectoryWriter {
  /**
   * Takes a name with its entry. A lookup of the node counts when, and only when, it was taken: ask {@link fits} beforehand where
   * making the entry costs something. `.` and `..` go through `add`, which counts none.
   */
  addEntry(name: string, entry: Entry, next: number): boolean;
}

/** Writes struct fuse_dirent (READDIR) and struct fuse_direntplus (READDIRPLUS) into an answer. */
export class DirectoryBuffer implements DirectoryPlusWriter {
  readonly #reply: ReplyBytes;
  #plus = 0;
  #position = OUT_HEADER;
  #limit = OUT_HEADER;

  constructor(reply: ReplyBytes) {
    this.#reply = reply;
  }

  /** Starts anew with room for `size` bytes. `withEntries` writes records of READDIRPLUS. */
  begin(size: number, { withEntries }: { readonly withEntries: boolean }): void {
    this.#plus = withEntries ? ENTRY_SIZE : 0;
    this.#position = OUT_HEADER;
    this.#limit = Math.min(OUT_HEADER + size, this.#reply.bytes.length);
  }

  /** How many bytes the records take. */
  get length(): number {
    return this.#position - OUT_HEADER;
  }

  /** The nodes of which a lookup counts in what was written. */
  nodes(): number[] {
    const nodes: number[] = [];
    const { bytes } = this.#reply;
    for (let at = OUT_HEADER; this.#plus > 0 && at < this.#position; ) {
      const node = Number(bytes.readBigUInt64LE(at));
      if (node !== 0) nodes.push(node);
      at += this.#plus + aligned(DIRENT + bytes.readUInt32LE(at + this.#plus + 16));
    }
    return nodes;
  }

  fits(nameLength: number): boolean {
    return this.#position + this.#plus + aligned(DIRENT + nameLength) <= this.#limit;
  }

  add(name: string, ino: number, type: number, next: number): boolean {
    if (!this.fits(name.length)) return false;
    const reply = this.#reply;
    // Node 0 says that nothing is known and no lookup counts (fs/fuse/readdir.c).
    if (this.#plus > 0) reply.bytes.fill(0, this.#position, this.#position + ENTRY_SIZE);
    this.#dirent(name, ino, type, next);
    return true;
  }

  addEntry(name: string, entry: Entry, next: number): boolean {
    if (this.#plus === 0) return this.add(name, entry.attributes.ino, entry.attributes.mode >> 12, next);
    if (!this.fits(name.length)) return false;
    encodeEntry(this.#reply, this.#position, entry);
    this.#dirent(name, entry.attributes.ino, entry.attributes.mode >> 12, next);
    return true;
  }

  #dirent(name: string, ino: number, type: number, next: number): void {
    const reply = this.#reply;
    const at = this.#position + this.#plus;
    reply.u64(at, ino);
    reply.u64(at + 8, next);
    reply.u32(at + 16, name.length);
    reply.u32(at + 20, type);
    const end = at + aligned(DIRENT + name.length);
    reply.bytes.fill(0, reply.text(at + DIRENT, name), end);
    this.#position = end;
  }
}

function aligned(length: number): number {
  return (length + 7) & ~7;
}
