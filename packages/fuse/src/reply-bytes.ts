import { OUT_HEADER } from './protocol.ts';

const UPPER = 2 ** 32;

/**
 * The bytes of an answer being written: the header of struct fuse_out_header, and behind it what belongs to the kind of request.
 * Encoders write their part at an offset and return its end.
 */
export class ReplyBytes {
  /** The whole answer. */
  readonly bytes: Buffer;
  /** What comes after the header. */
  readonly payload: Buffer;
  readonly #view: DataView;

  constructor(capacity: number) {
    this.bytes = Buffer.alloc(OUT_HEADER + capacity);
    this.payload = this.bytes.subarray(OUT_HEADER);
    this.#view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
  }

  u16(offset: number, value: number): void {
    this.#view.setUint16(offset, value, true);
  }

  u32(offset: number, value: number): void {
    this.#view.setUint32(offset, value, true);
  }

  /** A whole number between -2^53 and 2^53, as 64 bits. */
  u64(offset: number, value: number): void {
    this.#view.setUint32(offset, value % UPPER, true);
    this.#view.setUint32(offset + 4, Math.floor(value / UPPER), true);
  }

  big(offset: number, value: bigint): void {
    this.#view.setBigUint64(offset, value, true);
  }

  /** Copies bytes in; returns their end. */
  copy(offset: number, bytes: Uint8Array): number {
    this.bytes.set(bytes, offset);
    return offset + bytes.length;
  }

  /** Writes a latin1 string; returns its end. */
  text(offset: number, text: string): number {
    return offset + this.bytes.write(text, offset, 'latin1');
  }

  /** Writes the header: `length` bytes in all, `error` a negative errno or 0. */
  header(length: number, error: number, uniqueLow: number, uniqueHigh: number): void {
    this.#view.setUint32(0, length, true);
    this.#view.setInt32(4, error, true);
    this.#view.setUint32(8, uniqueLow, true);
    this.#view.setUint32(12, uniqueHigh, true);
  }
}
