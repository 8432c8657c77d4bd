import { type ExtendedHeader, readCount } from './extended-header.ts';
import { invalidArchive, shown } from './invalid-archive.ts';
import type { DataSegment } from './tar-entry.ts';
import { BLOCK } from './tar-header.ts';
import { readTarNumber } from './tar-number.ts';

const PAIR = 24;
const LONGEST_NUMBER = 20;

/** A sparse file as its headers tell it. */
export interface SparseMap {
  /** Length of the file, holes included. */
  readonly size: number;
  /** `null` where the map stands in front of the data (format 1.0). */
  readonly segments: readonly DataSegment[] | null;
}

/** The pairs of an old GNU sparse header (4 at 386) or of a block that continues it (21 at 0). */
export function gnuSparsePairs(block: Buffer, offset: number, limit: number): DataSegment[] {
  const segments: DataSegment[] = [];
  for (let at = offset; at < offset + limit * PAIR; at += PAIR) {
    if (block[at + 12] === 0) break;
    segments.push({ offset: readTarNumber(block, at, 12), length: readTarNumber(block, at + 12, 12) });
  }
  return segments;
}

/** What pax headers say about a sparse file in format 0.0, 0.1 or 1.0; `undefined` for a file that is not sparse. */
export function paxSparseMap(pax: ExtendedHeader): SparseMap | undefined {
  const major = pax.text('GNU.sparse.major');
  if (major !== undefined) {
    if (major !== '1' || pax.text('GNU.sparse.minor') !== '0')
      throw invalidArchive('The archive has a sparse file of an unknown format.');
    return { size: pax.count('GNU.sparse.realsize') ?? 0, segments: null };
  }
  const size = pax.count('GNU.sparse.size');
  if (size === undefined) return undefined;
  const map = pax.text('GNU.sparse.map');
  return { size, segments: pairUp(map === undefined ? pax.sparsePairs : map.split(',')) };
}

/**
 * Reads the map that stands in front of a file's data in format 1.0: the number of segments, then their offsets and lengths,
 * each on a line, filled up to a block.
 */
export async function leadingSparseMap(
  readBlock: () => Promise<Buffer>,
  limit: number,
): Promise<{ segments: DataSegment[]; bytes: number }> {
  let text = '';
  let bytes = 0;
  let wanted = 1;
  const lines: string[] = [];
  while (lines.length < wanted) {
    if (bytes >= limit) throw invalidArchive('The archive has a sparse file with a map that is too long.');
    text += (await readBlock()).toString('latin1');
    bytes += BLOCK;
    const parts = text.split('\n');
    text = parts.pop() ?? '';
    lines.push(...parts);
    if (lines[0] !== undefined) wanted = 1 + 2 * readCount(lines[0]);
    // What follows the last line is filling.
    if (lines.length < wanted && text.length > LONGEST_NUMBER)
      throw invalidArchive('The archive has a sparse file with a map that is none.');
  }
  return { segments: pairUp(lines.slice(1, wanted)), bytes };
}

/**
 * The text that {@link leadingSparseMap} reads, filled up to a block.
 *
 * A file that ends in a hole gets an empty segment at its end: GNU tar goes by the map alone and would make the file shorter.
 */
export function sparseMapText(segments: readonly DataSegment[], size: number): Buffer {
  const last = segments.at(-1);
  const isComplete = last !== undefined && last.offset + last.length === size;
  const all = isComplete ? segments : [...segments, { offset: size, length: 0 }];
  const lines = [all.length, ...all.flatMap((segment) => [segment.offset, segment.length])];
  const map = Buffer.from(`${lines.join('\n')}\n`, 'latin1');
  return Buffer.concat([map], Math.ceil(map.length / BLOCK) * BLOCK);
}

/**
 * Checks that a map is one: ascending, apart, inside the file, and as long in all as the data that the archive holds.
 * Leaves out the empty segments by which GNU tar marks a file's end.
 *
 * @throws {StorageError} `INVALID_ARCHIVE`
 */
export function checkedSegments(
  segments: readonly DataSegment[],
  size: number,
  data: number,
  path: string,
): readonly DataSegment[] {
  if (size < 0) throw invalidArchive(`The size of ${shown(path)} is below zero.`);
  let end = 0;
  let sum = 0;
  for (const segment of segments) {
    if (segment.offset < end || segment.length < 0 || segment.offset + segment.length > size) {
      throw invalidArchive(`The sparse file ${shown(path)} has a map that leads outside of it.`);
    }
    end = segment.offset + segment.length;
    sum += segment.length;
  }
  if (sum !== data)
    throw invalidArchive(`The sparse file ${shown(path)} has a map for ${sum} bytes and ${data} bytes of data.`);
  return segments.filter((segment) => segment.length > 0);
}

function pairUp(numbers: readonly string[]): DataSegment[] {
  if (numbers.length % 2 !== 0) throw invalidArchive('The archive has a sparse file with half a segment.');
  const segments: DataSegment[] = [];
  for (let at = 0; at < numbers.length; at += 2) {
    segments.push({ offset: readCount(numbers[at] ?? ''), length: readCount(numbers[at + 1] ?? '') });
  }
  return segments;
}
