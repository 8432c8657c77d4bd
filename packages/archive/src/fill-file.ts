import {
  closeFile,
  type ReserveAbility,
  reserveBlocks,
  type TimeSlice,
  truncateFile,
  writeBytes,
} from '@graphdriver/host';
import type { EntryContent } from './entry-content.ts';
import { ReserveAhead } from './reserve-ahead.ts';
import type { DataSegment } from './tar-entry.ts';
import type { ReadEntry } from './tar-reader.ts';
import type { WriteBehind } from './write-behind.ts';

/** Content is written in pieces of at most this size, between which others have their turn. */
const PIECE = 1024 * 1024;

/** How content gets from an archive into files. */
export interface FillOptions {
  readonly slice: TimeSlice;
  readonly writes: WriteBehind;
  /** Of the file system that all the files are on. */
  readonly reserving: ReserveAbility;
}

/** What becomes of a file that has its content. */
export interface FileEnd {
  /** Puts in place what the file has beside its content. */
  readonly finish: () => void;
  /** It does that through the descriptor alone, so that the file may have lost its name by then. */
  readonly later: boolean;
}

/**
 * Writes the content of an archive's member into its new, open file, has the file finished, and closes it whatever happens.
 *
 * Nothing is to be waited for where this returns `undefined`. The end of a large file may then still be on its way.
 */
export function fillFile(fd: number, entry: ReadEntry, end: FileEnd, options: FillOptions): Promise<void> | undefined {
  if (entry.segments !== null || !isLastPiece(entry.content)) return fillByPieces(fd, entry, end, options);
  writeLastPiece(fd, entry.content, 0, end, options);
  return undefined;
}

async function fillByPieces(fd: number, entry: ReadEntry, end: FileEnd, options: FillOptions): Promise<void> {
  let position = 0;
  try {
    if (entry.segments === null) position = await writeAllButLastPiece(fd, entry.content, options);
    else await writeSegments(fd, entry, entry.segments, options);
  } catch (error) {
    closeFile(fd);
    throw error;
  }
  writeLastPiece(fd, entry.content, position, end, options);
}

/** Returns how far it has come. While more of the archive is to be read there is time to write. */
async function writeAllButLastPiece(fd: number, content: EntryContent, options: FillOptions): Promise<number> {
  const ahead = new ReserveAhead(fd, { start: 0, end: content.left }, options.reserving);
  let position = 0;
  while (!isLastPiece(content)) {
    const bytes = await nextPiece(content, PIECE, options.slice);
    ahead.reach(position + bytes.length);
    position += writeBytes(fd, bytes, 0, bytes.length, position);
  }
  ahead.reach(position + content.left);
  return position;
}

async function writeSegments(
  fd: number,
  { content, size }: ReadEntry,
  segments: readonly DataSegment[],
  options: FillOptions,
): Promise<void> {
  for (const { offset, length } of segments) {
    const ahead = new ReserveAhead(fd, { start: offset, end: offset + length }, options.reserving);
    for (let done = 0; done < length; ) {
      const bytes = await nextPiece(content, Math.min(PIECE, length - done), options.slice);
      ahead.reach(offset + done + bytes.length);
      done += writeBytes(fd, bytes, 0, bytes.length, offset + done);
    }
  }
  truncateFile(fd, size);
}

function writeLastPiece(
  fd: number,
  content: EntryContent,
  position: number,
  { finish, later }: FileEnd,
  options: FillOptions,
): void {
  const { writes, reserving } = options;
  const bytes = content.take();
  // A file that is written in one piece has nothing reserved yet.
  if (position === 0) reserveBlocks(fd, 0, bytes.length, reserving);
  if (later && writes.takes(bytes.length)) {
    writes.start({ fd, bytes, position, finish });
    return;
  }
  try {
    if (bytes.length > 0) writeBytes(fd, bytes, 0, bytes.length, position);
    finish();
  } finally {
    closeFile(fd);
  }
}

/** What is left is at hand, and not more than one piece. */
function isLastPiece({ left, atHand }: EntryContent): boolean {
  return left <= atHand && left <= PIECE;
}

async function nextPiece(content: EntryContent, limit: number, slice: TimeSlice): Promise<Buffer> {
  if (slice.over) await slice.pause();
  const bytes = content.take(limit);
  return bytes.length > 0 ? bytes : await content.next(limit);
}
