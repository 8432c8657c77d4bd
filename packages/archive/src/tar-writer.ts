import { fillHoles } from './fill-holes.ts';
import { encodeHeaders } from './tar-encoder.ts';
import type { TarEntry } from './tar-entry.ts';
import { BLOCK } from './tar-header.ts';

/** Chunks are gathered until they are this large. */
const GATHERED = 64 * 1024;
/** Content from this size on is passed through as it comes. */
const PASSED = 16 * 1024;

/** More segments than this would make a map that readers refuse to keep in memory. */
const MOST_SEGMENTS = 400_000;

/**
 * Writes members as a tar archive of the POSIX pax kind, with an end mark of two blocks of zeros.
 *
 * The same entries always give the same bytes: headers hold only what {@link TarEntry} has, in a fixed order; names of users and
 * groups, access and change times are left out. A sparse file is written without its holes (GNU sparse format 1.0), unless it has
 * hundreds of thousands of them.
 * Content that ends before its size is filled up with zeros, and content beyond it is left out, as GNU tar does for files that
 * change while they are read: the archive stays one.
 */
export async function* writeTar(entries: AsyncIterable<TarEntry> | Iterable<TarEntry>): AsyncGenerator<Uint8Array> {
  const out = new Gathering();
  for await (const given of entries) {
    const { segments } = given;
    const entry = segments !== null && segments.length > MOST_SEGMENTS ? fillHoles(given, segments) : given;
    const { bytes, data, padding } = encodeHeaders(entry);
    yield* out.add(bytes);
    if (data > 0) yield* writeContent(out, entry.content, data);
    yield* out.add(Buffer.alloc(padding));
  }
  yield* out.add(Buffer.alloc(2 * BLOCK));
  yield* out.rest();
}

async function* writeContent(out: Gathering, content: TarEntry['content'], length: number): AsyncGenerator<Uint8Array> {
  let left = length;
  for await (const chunk of content) {
    const bytes = chunk.length > left ? chunk.subarray(0, left) : chunk;
    left -= bytes.length;
    if (bytes.length < PASSED) {
      yield* out.add(bytes);
    } else {
      yield* out.rest();
      yield bytes;
    }
    if (left === 0) break;
  }
  for (; left > 0; left -= Math.min(left, GATHERED)) yield* out.add(Buffer.alloc(Math.min(left, GATHERED)));
}

/** Makes large chunks of small ones, because every chunk costs its readers microseconds. */
class Gathering {
  #buffer: Buffer = Buffer.allocUnsafe(GATHERED);
  #filled = 0;

  /** Takes bytes in, and gives back a chunk each time that one is full. */
  *add(bytes: Uint8Array): Generator<Uint8Array> {
    let at = 0;
    while (at < bytes.length) {
      const length = Math.min(bytes.length - at, GATHERED - this.#filled);
      this.#buffer.set(length === bytes.length ? bytes : bytes.subarray(at, at + length), this.#filled);
      this.#filled += length;
      at += length;
      if (this.#filled === GATHERED) yield* this.rest();
    }
  }

  /** Gives back what has been gathered so far. */
  *rest(): Generator<Uint8Array> {
    if (this.#filled === 0) return;
    const chunk = this.#buffer.subarray(0, this.#filled);
    // The chunk belongs to its reader from here on. A fresh buffer is cheaper than a copy.
    this.#buffer = Buffer.allocUnsafe(GATHERED);
    this.#filled = 0;
    yield chunk;
  }
}
