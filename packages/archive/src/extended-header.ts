import { invalidArchive } from './invalid-archive.ts';
import { readPaxRecords } from './pax-records.ts';
import { readPaxTime } from './pax-time.ts';

const XATTR = 'SCHILY.xattr.';

/**
 * What extended headers say about a member: those of its own (pax `x`, GNU `L` and `K`) before those for all (pax `g`).
 *
 * A value that is empty takes back what a header for all has said.
 */
export class ExtendedHeader {
  /** Offsets and lengths of sparse format 0.0, which repeats its keys and lives by their order. */
  readonly sparsePairs: string[] = [];
  /** The GNU long name, if there was one. */
  longName: string | undefined;
  /** The GNU long link name, if there was one. */
  longLink: string | undefined;
  readonly #values = new Map<string, Buffer>();
  readonly #defaults: ExtendedHeader | undefined;

  constructor(defaults?: ExtendedHeader) {
    this.#defaults = defaults;
  }

  /** Takes in the records of one pax header. */
  add(block: Buffer): void {
    for (const [key, value] of readPaxRecords(block)) {
      if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes') this.sparsePairs.push(value.toString('latin1'));
      // A copy, because a view would keep the whole chunk that it was read from.
      else this.#values.set(key, Buffer.from(value));
    }
  }

  /** A value's bytes as a string; `undefined` where nothing is said. */
  text(key: string): string | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return this.#defaults?.text(key);
    return value.length === 0 ? undefined : value.toString('latin1');
  }

  /** A value that is a count. @throws {StorageError} `INVALID_ARCHIVE` where it is something else */
  count(key: string): number | undefined {
    const text = this.text(key);
    return text === undefined ? undefined : readCount(text);
  }

  /** A time in nanoseconds. */
  time(key: string): bigint | undefined {
    const text = this.text(key);
    return text === undefined ? undefined : readPaxTime(text);
  }

  /** All extended attributes. */
  xattrs(): Map<string, Buffer> {
    const found = this.#defaults?.xattrs() ?? new Map<string, Buffer>();
    for (const [key, value] of this.#values) {
      if (key.startsWith(XATTR)) found.set(decodeXattrName(key.slice(XATTR.length)), value);
    }
    return found;
  }
}

/** The pax key of an extended attribute. GNU tar's escapes, since a key ends at its first `=`. */
export function xattrKey(name: string): string {
  return XATTR + name.replaceAll('%', '%25').replaceAll('=', '%3D');
}

/** A decimal count. @throws {StorageError} `INVALID_ARCHIVE` */
export function readCount(text: string): number {
  const count = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(count))
    throw invalidArchive('An extended header of the archive has a number that is none.');
  return count;
}

function decodeXattrName(name: string): string {
  return name.includes('%') ? name.replace(/%3D|%25/g, (code) => (code === '%3D' ? '=' : '%')) : name;
}
