import { invalidArchive } from './invalid-archive.ts';

/**
 * Reads a number field of a header: octal digits with spaces or NULs around them, or base-256 where the first bit is set
 * (GNU and star, for what does not fit the digits). An empty field is 0.
 *
 * @throws {StorageError} `INVALID_ARCHIVE` for anything else, and beyond what JavaScript counts exactly
 */
export function readTarNumber(block: Buffer, offset: number, length: number): number {
  const first = block[offset] ?? 0;
  return first >= 0x80 ? readBase256(block, offset, length) : readOctal(block, offset, length);
}

const ZERO = 0x30;
const SEVEN = 0x37;
const SPACE = 0x20;

function readOctal(block: Buffer, start: number, length: number): number {
  const end = start + length;
  let at = start;
  while (at < end && block[at] === SPACE) at++;
  let value = 0;
  for (; at < end; at++) {
    const digit = block[at] ?? 0;
    if (digit < ZERO || digit > SEVEN) break;
    value = value * 8 + (digit - ZERO);
  }
  for (; at < end; at++) {
    const rest = block[at];
    if (rest !== 0 && rest !== SPACE)
      throw invalidArchive('A header of the archive has something else where a number should be.');
  }
  return value;
}

function readBase256(block: Buffer, offset: number, length: number): number {
  const negative = ((block[offset] ?? 0) & 0x40) !== 0;
  let value = negative ? -1n : 0n;
  // The field is a two's complement number without its first bit, which only says that this is base-256.
  value = (value << 6n) | BigInt((block[offset] ?? 0) & 0x3f);
  for (let at = offset + 1; at < offset + length; at++) value = (value << 8n) | BigInt(block[at] ?? 0);
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw invalidArchive('A header of the archive has a number that is too large.');
  return number;
}

/** Writes `value` as octal digits that fill the field but for the NUL at its end. Tell whether it fits by {@link fitsOctal}. */
export function writeTarNumber(block: Buffer, offset: number, length: number, value: number): void {
  block.write(value.toString(8).padStart(length - 1, '0'), offset, length - 1, 'latin1');
}

/** Tells whether `value` can be written as the octal digits of a field of `length` bytes. */
export function fitsOctal(value: number, length: number): boolean {
  return value >= 0 && value < 8 ** (length - 1);
}
