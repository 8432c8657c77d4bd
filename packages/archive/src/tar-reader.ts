import { type ArchiveLimits, completeLimits } from './archive-limits.ts';
import { ArchiveSource } from './archive-source.ts';
import { ByteReader, truncated } from './byte-reader.ts';
import { EntryContent } from './entry-content.ts';
import { ExtendedHeader } from './extended-header.ts';
import { invalidArchive } from './invalid-archive.ts';
import { checkedSegments, gnuSparsePairs, leadingSparseMap, paxSparseMap, type SparseMap } from './sparse-map.ts';
import type { DataSegment, TarEntry } from './tar-entry.ts';
import { BLOCK, isZeroBlock, readTarHeader, type TarHeader, text } from './tar-header.ts';
import { type TarMember, tarMember } from './tar-member.ts';
import { readTarNumber } from './tar-number.ts';

/** Options of {@link readTar}. */
export interface ReadTarOptions {
  readonly signal?: AbortSignal;
  readonly limits?: ArchiveLimits;
}

/** A member whose data can also be had without waiting. */
export interface ReadEntry extends TarEntry {
  readonly content: EntryContent;
}

/**
 * Reads an uncompressed tar archive: POSIX ustar and pax, GNU, and the archives of 1979.
 *
 * Holds two chunks of the stream and the headers of one member in memory: the one that is read, and one asked for ahead.
 * Content is handed on in slices of the incoming chunks. A member's content is read, or passed over, before the next member comes.
 * The stream is read to its end, past the end mark; there must be an end mark, and nothing but zeros behind it.
 *
 * @throws {StorageError} `INVALID_ARCHIVE` for what is truncated, malformed, leads outside the tree or exceeds the limits; `ABORTED`
 */
export async function* readTar(
  bytes: AsyncIterable<Uint8Array>,
  options: ReadTarOptions = {},
): AsyncGenerator<ReadEntry> {
  const source = new ArchiveSource(bytes, options.signal);
  const reader = new TarReader(source, options.limits);
  try {
    for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) yield entry;
  } finally {
    source.close();
  }
}

/** Headers that say more about the member that follows: pax, its Solaris ancestor, GNU long link and long name. */
const EXTENSIONS = 'xXKL';

/** How much longer a sparse map may be than other headers: databases have files with very many holes. */
const MAP_SHARE = 16;

/** What {@link readTar} runs on, for readers that want to save its generator. */
export class TarReader {
  readonly #bytes: ByteReader;
  readonly #limits: Required<ArchiveLimits>;
  #global: ExtendedHeader | undefined;
  #globalBytes = 0;
  #content: EntryContent | undefined;
  #padding = 0;
  #entries = 0;
  #size = 0;

  constructor(bytes: AsyncIterable<Uint8Array>, limits?: ArchiveLimits) {
    this.#bytes = new ByteReader(bytes);
    this.#limits = completeLimits(limits);
  }

  /**
   * The next member, if its header stands alone and is at hand; `undefined` says no more than that {@link next} is to be asked.
   * A promise takes longer than everything else about a small member.
   */
  nextAtHand(): ReadEntry | undefined {
    const unread = (this.#content?.left ?? 0) + this.#padding;
    const block = this.#global === undefined ? this.#bytes.peek(unread, BLOCK) : undefined;
    if (block === undefined || !isPlain(block)) return undefined;
    this.#content?.expire();
    this.#bytes.take(unread + BLOCK);
    const member = tarMember(readTarHeader(block), undefined);
    return this.#entry(member, { size: member.size, segments: null, mapBytes: 0 });
  }

  /** The next member, or `undefined` when the stream has come to its end. */
  async next(): Promise<ReadEntry | undefined> {
    const unread = (this.#content?.expire() ?? 0) + this.#padding;
    this.#padding = 0;
    if (unread <= this.#bytes.buffered) this.#bytes.take(unread);
    else await this.#bytes.skip(unread);
    let own: ExtendedHeader | undefined;
    let ownBytes = 0;
    for (;;) {
      const block = this.#bytes.buffered >= BLOCK ? this.#bytes.take(BLOCK) : await this.#block();
      if (isZeroBlock(block)) {
        if (own !== undefined) throw invalidArchive('The archive ends after an extended header.');
        await this.#readToTheEnd();
        return undefined;
      }
      const header = readTarHeader(block);
      if (header.typeFlag === 'g') {
        await this.#readGlobal(header.size);
      } else if (EXTENSIONS.includes(header.typeFlag)) {
        own ??= new ExtendedHeader(this.#global);
        ownBytes += header.size;
        await this.#readExtension(header, own, ownBytes);
      } else {
        return await this.#extendedEntry(block, header, own ?? this.#global);
      }
    }
  }

  /** Lets go of the stream, and waits until those who make it have done so too. Close what the stream is made from first. */
  async close(): Promise<void> {
    await this.#bytes.close();
  }

  async #extendedEntry(block: Buffer, header: TarHeader, extended: ExtendedHeader | undefined): Promise<ReadEntry> {
    const member = tarMember(header, extended);
    const pax = member.type === 'file' && extended !== undefined ? paxSparseMap(extended) : undefined;
    const isSparse = header.typeFlag === 'S' || pax !== undefined;
    const whole = { size: member.size, segments: null, mapBytes: 0 };
    return this.#entry(member, isSparse ? await this.#sparse(block, member, pax) : whole);
  }

  #entry(member: TarMember, { size, segments, mapBytes }: StoredContent): ReadEntry {
    this.#count(member, size);
    this.#padding = paddingOf(member.size);
    this.#content = new EntryContent(this.#bytes, member.size - mapBytes);
    return entryOf(member, size, segments, this.#content);
  }

  /** `pax` is what pax headers say; without it the header itself is that of a sparse file. */
  async #sparse(block: Buffer, { path, size: stored }: TarMember, pax: SparseMap | undefined): Promise<StoredContent> {
    if (pax === undefined) {
      const segments = await this.#gnuSegments(block);
      const size = readTarNumber(block, 483, 12);
      return { size, segments: checkedSegments(segments, size, stored, path), mapBytes: 0 };
    }
    const { size } = pax;
    if (pax.segments !== null)
      return { size, segments: checkedSegments(pax.segments, size, stored, path), mapBytes: 0 };
    const limit = Math.min(stored, this.#limits.headerBytes * MAP_SHARE);
    const { segments, bytes } = await leadingSparseMap(() => this.#block(), limit);
    return { size, segments: checkedSegments(segments, size, stored - bytes, path), mapBytes: bytes };
  }

  async #gnuSegments(block: Buffer): Promise<DataSegment[]> {
    const segments = gnuSparsePairs(block, 386, 4);
    let more = block[482] !== 0;
    for (let bytes = BLOCK; more; bytes += BLOCK) {
      if (bytes > this.#limits.headerBytes * MAP_SHARE) throw tooLarge();
      const next = await this.#block();
      segments.push(...gnuSparsePairs(next, 0, 21));
      more = next[504] !== 0;
    }
    return segments;
  }

  #count(member: TarMember, size: number): void {
    this.#entries++;
    this.#size += size;
    if (this.#entries > this.#limits.entries)
      throw invalidArchive(`The archive has more than ${this.#limits.entries} members.`);
    if (member.type === 'file' && this.#size > this.#limits.bytes) {
      throw invalidArchive(`The files in the archive are larger than ${this.#limits.bytes} bytes.`);
    }
  }

  async #readGlobal(size: number): Promise<void> {
    this.#globalBytes += size;
    this.#global ??= new ExtendedHeader();
    this.#global.add(await this.#headerData(size, this.#globalBytes));
  }

  async #readExtension(header: TarHeader, own: ExtendedHeader, ownBytes: number): Promise<void> {
    const data = await this.#headerData(header.size, ownBytes);
    if (header.typeFlag === 'L') own.longName = text(data, 0, data.length);
    else if (header.typeFlag === 'K') own.longLink = text(data, 0, data.length);
    else own.add(data);
  }

  async #headerData(size: number, total: number): Promise<Buffer> {
    if (size < 0 || total > this.#limits.headerBytes) throw tooLarge();
    const stored = size + paddingOf(size);
    const data = this.#bytes.buffered >= stored ? this.#bytes.take(stored) : await this.#bytes.read(stored);
    if (data === undefined) throw truncated();
    return data.subarray(0, size);
  }

  async #block(): Promise<Buffer> {
    const block = await this.#bytes.read(BLOCK);
    if (block === undefined) throw truncated();
    return block;
  }

  async #readToTheEnd(): Promise<void> {
    while (await this.#bytes.fill()) {
      const rest = this.#bytes.take(this.#bytes.buffered);
      if (!isAllZero(rest)) throw invalidArchive('The archive goes on behind its end mark.');
    }
  }
}

// Field by field: a spread costs microseconds, and archives have tens of thousands of members.
function entryOf(
  member: TarMember,
  size: number,
  segments: readonly DataSegment[] | null,
  content: EntryContent,
): ReadEntry {
  const { path, type, mode, uid, gid, mtime, linkTarget, rdev, xattrs } = member;
  return { path, type, mode, uid, gid, size, mtime, linkTarget, rdev, xattrs, segments, content };
}

/** How a file's content stands in the archive. */
interface StoredContent {
  /** Of the file, holes included. */
  readonly size: number;
  readonly segments: readonly DataSegment[] | null;
  /** What stands in front of the data. */
  readonly mapBytes: number;
}

/** Nothing but the type of a member can make its header part of something longer; what starts with a NUL may be the archive's end. */
function isPlain(block: Buffer): boolean {
  const type = block[156] ?? 0;
  return block[0] !== 0 && type >= 0x30 && type <= 0x36;
}

function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function isAllZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += BLOCK) {
    const block = bytes.subarray(at, at + BLOCK);
    if (block.length === BLOCK ? !isZeroBlock(block) : block.some((byte) => byte !== 0)) return false;
  }
  return true;
}

function tooLarge(): Error {
  return invalidArchive('The archive has an extended header that is too large.');
}
