import { invalidArchive } from './invalid-archive.ts';
import { readTarNumber } from './tar-number.ts';

/** Archives are made of blocks of this many bytes. */
export const BLOCK = 512;

/** A header block as it stands, before extended headers have their say. */
export interface TarHeader {
  readonly name: string;
  readonly linkName: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** One character; `\0` for the oldest way to say a regular file. */
  readonly typeFlag: string;
  readonly major: number;
  readonly minor: number;
}

const CHECKSUM_AT = 148;
const SPACE = 0x20;
const MAGIC = Buffer.from('ustar', 'latin1');
const ZEROS = Buffer.alloc(BLOCK);

/** Tells whether a block is all zeros: two of them end an archive. */
export function isZeroBlock(block: Buffer): boolean {
  return block[0] === 0 && block.compare(ZEROS) === 0;
}

/**
 * Reads a header block of any tar there has been: of 1979, POSIX ustar and GNU.
 *
 * @throws {StorageError} `INVALID_ARCHIVE` if the checksum is wrong, which is how everything that is not a header shows
 */
export function readTarHeader(block: Buffer): TarHeader {
  checkSum(block);
  const modern = block.compare(MAGIC, 0, 5, 257, 262) === 0;
  const name = text(block, 0, 100);
  // GNU headers have times where POSIX ones have the first part of a long name.
  const prefix = modern && block[262] === 0 && block[345] !== 0 ? `${text(block, 345, 155)}/` : '';
  return {
    name: prefix + name,
    mode: readTarNumber(block, 100, 8),
    uid: readTarNumber(block, 108, 8),
    gid: readTarNumber(block, 116, 8),
    size: readTarNumber(block, 124, 12),
    mtime: readTarNumber(block, 136, 12),
    typeFlag: String.fromCharCode(block[156] ?? 0),
    linkName: block[157] === 0 ? '' : text(block, 157, 100),
    major: modern ? readTarNumber(block, 329, 8) : 0,
    minor: modern ? readTarNumber(block, 337, 8) : 0,
  };
}

/** The sum that a header's checksum field must hold: of all bytes, that field counted as spaces. */
export function headerSum(block: Buffer): number {
  let sum = 8 * SPACE;
  for (let at = 0; at < CHECKSUM_AT; at++) sum += block[at] ?? 0;
  for (let at = CHECKSUM_AT + 8; at < BLOCK; at++) sum += block[at] ?? 0;
  return sum;
}

function checkSum(block: Buffer): void {
  const wanted = readTarNumber(block, CHECKSUM_AT, 8);
  const sum = headerSum(block);
  if (wanted === sum) return;
  // Some old programs summed signed characters.
  let high = 0;
  for (let at = 0; at < BLOCK; at++)
    if ((at < CHECKSUM_AT || at >= CHECKSUM_AT + 8) && (block[at] ?? 0) >= 0x80) high++;
  if (wanted === sum - 256 * high) return;
  throw invalidArchive('The archive has something else where a header should be: the checksum is wrong.');
}

/** The bytes of a field up to its first NUL. */
export function text(block: Buffer, offset: number, length: number): string {
  let end = offset;
  while (end < offset + length && block[end] !== 0) end++;
  return block.toString('latin1', offset, end);
}
