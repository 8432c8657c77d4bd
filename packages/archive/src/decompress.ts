import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { isStorageError } from '@graphdriver/core';
import { filter } from '@graphdriver/host';
import { truncated } from './byte-reader.ts';
import { invalidArchive } from './invalid-archive.ts';

/** Names of compressions by the bytes they start with. */
const MAGICS: readonly (readonly [name: string, magic: Buffer])[] = [
  ['gzip', Buffer.from([0x1f, 0x8b])],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])],
  ['bzip2', Buffer.from('BZh', 'latin1')],
  ['lz4', Buffer.from([0x04, 0x22, 0x4d, 0x18])],
  ['lzip', Buffer.from('LZIP', 'latin1')],
  ['compress', Buffer.from([0x1f, 0x9d])],
  ['zip', Buffer.from('PK\u0003\u0004', 'latin1')],
];
const LONGEST_MAGIC = 6;

const OUTPUT_CHUNK = 256 * 1024;

/**
 * Gives back an archive without its compression: gzip (of one or several members), zstd (by the `zstd` command), or none,
 * told by its first bytes.
 *
 * @throws {StorageError} `INVALID_ARCHIVE` for a stream that is empty, compressed in another way or damaged;
 *   `PREREQUISITE_MISSING` where zstd is needed and not there
 */
export async function* decompress(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = bytes[Symbol.asyncIterator]();
  let handedOn = false;
  try {
    const { head, compression } = await sniff(source);
    handedOn = true;
    const whole = startingWith(head, source);
    if (compression === 'gzip') yield* gunzip(whole);
    else if (compression === 'zstd') yield* unzstd(whole);
    else yield* whole;
  } finally {
    if (!handedOn) await source.return?.();
  }
}

async function sniff(
  source: AsyncIterator<Uint8Array>,
): Promise<{ head: Uint8Array; compression: string | undefined }> {
  let head: Uint8Array = Buffer.alloc(0);
  while (head.length < LONGEST_MAGIC) {
    const next = await source.next();
    if (next.done === true) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  if (head.length === 0) throw truncated();
  const [compression] = MAGICS.find(([, magic]) => magic.compare(head.subarray(0, magic.length)) === 0) ?? [];
  if (compression !== undefined && compression !== 'gzip' && compression !== 'zstd') {
    throw invalidArchive(`The archive is compressed by ${compression}; layers are plain tar, gzip or zstd.`);
  }
  return { head, compression };
}

async function* startingWith(head: Uint8Array, source: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield head;
    for (let next = await source.next(); next.done !== true; next = await source.next()) yield next.value;
  } finally {
    await source.return?.();
  }
}

async function* gunzip(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const unzip = createGunzip({ chunkSize: OUTPUT_CHUNK });
  const input = Readable.from(bytes, { objectMode: false });
  input.on('error', (error) => unzip.destroy(error));
  input.pipe(unzip);
  try {
    yield* unzip;
  } catch (error) {
    throw isZlibError(error) ? invalidArchive('The gzip stream of the archive is damaged or truncated.', error) : error;
  } finally {
    input.destroy();
    unzip.destroy();
  }
}

function isZlibError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown }; // What Node adds to an Error is in no type of its own.
  return typeof code === 'string' && code.startsWith('Z_');
}

async function* unzstd(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* filter('zstd', ['-dc'])(bytes);
  } catch (error) {
    if (!isStorageError(error, 'COMMAND_FAILED')) throw error;
    throw invalidArchive('The zstd stream of the archive is damaged or truncated.', error);
  }
}
