import { invalidArchive } from './invalid-archive.ts';

const EQUALS = 0x3d;
const NEWLINE = 0x0a;
const SPACE = 0x20;

/**
 * Reads the records of a pax extended header: `LENGTH KEY=VALUE\n`, the length in bytes and counting itself.
 *
 * Values may hold any byte, newlines and NULs included. They are views of `block`, not copies.
 *
 * @throws {StorageError} `INVALID_ARCHIVE`
 */
export function* readPaxRecords(block: Buffer): Generator<readonly [key: string, value: Buffer]> {
  let at = 0;
  while (at < block.length) {
    const space = block.indexOf(SPACE, at);
    // No length has more digits than this, since extended headers are limited.
    const digits = space < 0 || space - at > 10 ? '' : block.toString('latin1', at, space);
    const end = at + Number(digits);
    if (!/^[0-9]+$/.test(digits) || end > block.length || end <= space + 1 || block[end - 1] !== NEWLINE)
      throw malformed();
    const equals = block.subarray(space + 1, end - 1).indexOf(EQUALS);
    if (equals <= 0) throw malformed();
    const value = space + 1 + equals + 1;
    yield [block.toString('latin1', space + 1, value - 1), block.subarray(value, end - 1)];
    at = end;
  }
}

/** One record in bytes: what {@link readPaxRecords} reads. */
export function paxRecord(key: string, value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'latin1') : value;
  const rest = key.length + bytes.length + 3;
  // The length counts its own digits, which may make it one digit longer.
  let length = rest + String(rest).length;
  if (String(length).length !== String(rest).length) length = rest + String(length).length;
  return Buffer.concat([Buffer.from(`${length} ${key}=`, 'latin1'), bytes, Buffer.from('\n')], length);
}

function malformed(): Error {
  return invalidArchive('An extended header of the archive is malformed.');
}
