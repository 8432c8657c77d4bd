import type { StorageError } from '@graphdriver/core';
import { invalidArchive } from './invalid-archive.ts';

const EMPTY = Buffer.alloc(0);

/**
 * Reads a stream of chunks by the byte, copying only what straddles two of them.
 *
 * Asks for one chunk ahead of the one that is being read, so that who makes the stream works while its reader does; nothing
 * more is asked for before that one is used up, which is all the back-pressure there is.
 */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #chunk: Buffer = EMPTY;
  #coming: Promise<IteratorResult<Uint8Array>> | undefined;
  #offset = 0;
  /** Bytes of the chunks before the one at hand. */
  #passed = 0;
  #ended = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Bytes at hand without waiting. */
  get buffered(): number {
    return this.#chunk.length - this.#offset;
  }

  /** How many bytes of the stream have been read. */
  get position(): number {
    return this.#passed + this.#offset;
  }

  /** The `length` bytes after the next `offset` ones, which stay where they are; `undefined` where they are not all at hand. */
  peek(offset: number, length: number): Buffer | undefined {
    const start = this.#offset + offset;
    return start + length <= this.#chunk.length ? this.#chunk.subarray(start, start + length) : undefined;
  }

  /** At most `limit` of the bytes at hand, without waiting and without copying. */
  take(limit: number): Buffer {
    const end = Math.min(this.#offset + limit, this.#chunk.length);
    const bytes = this.#chunk.subarray(this.#offset, end);
    this.#offset = end;
    return bytes;
  }

  /** Waits for more bytes when none are at hand; false at the end of the stream. */
  async fill(): Promise<boolean> {
    while (this.buffered === 0 && !this.#ended) {
      const next = await (this.#coming ?? this.#source.next());
      this.#passed += this.#chunk.length;
      if (next.done === true) {
        this.#ended = true;
        this.#chunk = EMPTY;
      } else {
        this.#chunk = asBuffer(next.value);
        this.#askAhead();
      }
      this.#offset = 0;
    }
    return this.buffered > 0;
  }

  /** Exactly `length` bytes, or `undefined` where the stream has ended just here. */
  async read(length: number): Promise<Buffer | undefined> {
    if (this.buffered >= length) return this.take(length);
    if (!(await this.fill())) return length === 0 ? EMPTY : undefined;
    if (this.buffered >= length) return this.take(length);
    const whole = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      if (!(await this.fill())) throw truncated();
      filled += this.take(length - filled).copy(whole, filled);
    }
    return whole;
  }

  /** Passes over `length` bytes. */
  async skip(length: number): Promise<void> {
    let left = length;
    while (left > 0) {
      if (!(await this.fill())) throw truncated();
      left -= this.take(left).length;
    }
  }

  /** Tells the source that nobody reads on, and waits until it has let go of what it holds. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#chunk = EMPTY;
    this.#offset = 0;
    await this.#source.return?.();
  }

  #askAhead(): void {
    this.#coming = this.#source.next();
    // Whoever reads on meets the error; whoever does not shall not be troubled by it.
    this.#coming.catch(() => undefined);
  }
}

/** The error for a stream that ends before the archive does. */
export function truncated(): StorageError {
  return invalidArchive('The archive is truncated: the stream ends before the archive does.');
}

function asBuffer(chunk: unknown): Buffer {
  if (Buffer.isBuffer(chunk)) return chunk;
  if (!(chunk instanceof Uint8Array)) throw new TypeError('An archive is a stream of Uint8Array chunks.');
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
