import { type ByteReader, truncated } from './byte-reader.ts';

/** The data of one archive member, read at most once and only until the next member is asked for. */
export class EntryContent implements AsyncIterable<Uint8Array> {
  /** Where in the uncompressed stream the data begins, in bytes. */
  readonly offset: number;
  readonly #reader: ByteReader;
  #left: number;
  #expired = false;

  constructor(reader: ByteReader, length: number) {
    this.offset = reader.position;
    this.#reader = reader;
    this.#left = length;
  }

  /** Bytes not yet read. */
  get left(): number {
    return this.#left;
  }

  /** How many bytes of the data can be had without waiting. */
  get atHand(): number {
    return Math.min(this.#left, this.#reader.buffered);
  }

  /** Some of the data, without waiting; empty where none is at hand. */
  take(limit: number = this.#left): Buffer {
    const bytes = this.#reader.take(Math.min(limit, this.#left));
    this.#left -= bytes.length;
    return bytes;
  }

  /** Some of the data, after waiting for it where none is at hand; empty only at its end. At most `limit` bytes. */
  async next(limit: number = this.#left): Promise<Buffer> {
    if (this.#expired)
      throw new TypeError('The data of an archive member is read before the next member is asked for.');
    if (this.#left === 0) return this.take(0);
    if (!(await this.#reader.fill())) throw truncated();
    return this.take(limit);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    this.#refuseLateReaders();
    while (this.#left > 0) yield await this.next();
    this.#refuseLateReaders();
  }

  /** Ends the reading of this member. Returns how many bytes are left, which the caller passes over. */
  expire(): number {
    const left = this.#left;
    this.#expired = left > 0;
    this.#left = 0;
    return left;
  }

  #refuseLateReaders(): void {
    if (this.#expired)
      throw new TypeError('The data of an archive member is read before the next member is asked for.');
  }
}
