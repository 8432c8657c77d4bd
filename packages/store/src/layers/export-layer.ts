import { crc32 } from 'node:zlib';
import type { DataSegment } from '@graphdriver/archive';
import { type CallOptions, isStorageError, throwIfAborted } from '@graphdriver/core';
import type { Books } from '../books.ts';
import { Digester } from '../identity/digest.ts';
import { StoreError } from '../store-error.ts';
import { assemblyPath } from '../store-layout.ts';
import type { FileReference } from './assembly/assembly-format.ts';
import { readAssembly } from './assembly/assembly-reader.ts';
import { LayerFiles } from './layer-files.ts';
import type { LayerKey } from './layer-row.ts';
import { requireLayer } from './register-layer.ts';

/** Small pieces are collected up to this many bytes. */
const BLOCK = 256 * 1024;

/**
 * The archive that a layer was made of, byte by byte, whatever program wrote it.
 *
 * Every file is checked on its way, and the whole by its digest at the end, so that a layer that was tampered with ends by an error.
 * Memory does not grow with the archive. The layer is held until the stream ends or is closed.
 *
 * @throws {StoreError} `LAYER_NOT_FOUND`, `DIGEST_MISMATCH`, `CORRUPT_STORE` while it is read
 */
export async function* exportLayer(
  books: Books,
  key: LayerKey,
  { signal }: CallOptions = {},
): AsyncGenerator<Uint8Array> {
  const { diffId, driverLayer } = requireLayer(books, key);
  await using files = await LayerFiles.open(books.driver, driverLayer);
  const digester = new Digester();
  // The last block is handed on only when the whole is known to be right: its reader may not ask for more.
  let last: Uint8Array | undefined;
  for await (const block of collected(assembled(assemblyPath(books.layout, driverLayer), files, key))) {
    throwIfAborted(signal, 'Reading a layer');
    digester.add(block);
    if (last !== undefined) yield last;
    last = block;
  }
  if (diffId === null || digester.digest() !== diffId) throw tampered(key);
  if (last !== undefined) yield last;
}

async function* assembled(path: string, files: LayerFiles, key: LayerKey): AsyncGenerator<Uint8Array> {
  for await (const record of readAssembly(path)) {
    if (record.kind === 'bytes') yield record.bytes;
    else yield* checkedFile(files, record.file, key);
  }
}

async function* checkedFile(files: LayerFiles, file: FileReference, key: LayerKey): AsyncGenerator<Uint8Array> {
  let crc = 0;
  let length = 0;
  try {
    const content = files.content(Buffer.from(file.path, 'latin1'));
    for await (const piece of file.segments === null ? content : segmentsOf(content, file.segments)) {
      crc = crc32(piece, crc);
      length += piece.length;
      yield piece;
    }
  } catch (error) {
    throw isStorageError(error, 'FILE_NOT_FOUND') ? tampered(key, file.path, error) : error;
  }
  if (crc !== file.crc || length !== file.length) throw tampered(key, file.path);
}

/** The parts of a stream that lie in `segments`, which ascend. */
async function* segmentsOf(
  content: AsyncIterable<Uint8Array>,
  segments: readonly DataSegment[],
): AsyncGenerator<Uint8Array> {
  const wanted = segments.filter(({ length }) => length > 0);
  let start = 0;
  let index = 0;
  for await (const piece of content) {
    const end = start + piece.length;
    for (let part = wanted[index]; part !== undefined && part.offset < end; part = wanted[index]) {
      const partEnd = part.offset + part.length;
      yield piece.subarray(Math.max(0, part.offset - start), partEnd - start);
      if (partEnd > end) break;
      index++;
    }
    start = end;
    if (index === wanted.length) return;
  }
}

async function* collected(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    waiting.push(piece);
    length += piece.length;
    if (length < BLOCK) continue;
    yield waiting.length === 1 ? piece : Buffer.concat(waiting);
    waiting = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(waiting);
}

function tampered(key: LayerKey, path?: string, cause?: unknown): StoreError {
  const where = path === undefined ? '' : `: the file /${Buffer.from(path, 'latin1').toString()} is another`;
  return new StoreError('DIGEST_MISMATCH', `The layer ${key} is no longer what it was made of${where}.`, {
    hint: 'Remove the images that have it, and load them again.',
    details: { layer: key, ...(path === undefined ? {} : { path }) },
    ...(cause === undefined ? {} : { cause }),
  });
}
