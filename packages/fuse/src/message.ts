import { IN_HEADER } from './protocol.ts';
import { ProtocolError } from './protocol-error.ts';

const UPPER = 2 ** 32;
const LARGEST_UPPER = 2 ** 21;

/** FUSE_UNIQUE_RESEND, in the upper half of a request's number. */
const RESENT = 0x80000000;
/** The kernel counts up by two: so many bits are never used up, and a number holds them. */
const COUNTED = 0x1fffff;

/** The number of a request as a key, from its two halves. */
export function requestId(low: number, high: number): number {
  return low + (high & COUNTED) * UPPER;
}

/**
 * A request as the kernel wrote it: `length` bytes at the start of a buffer that may be longer and is used again and again.
 * All reading is bounded by `length`; what is not there is a {@link ProtocolError}.
 */
export class Message {
  readonly bytes: Buffer;
  readonly #view: DataView;
  #length = 0;
  /** Where the name that was read last ends, after its NUL. */
  #end = 0;

  constructor(bytes: Buffer, length: number = bytes.length) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.receive(length);
  }

  /** Says that the buffer now holds a message of `length` bytes, as its header has to say as well. @throws {ProtocolError} */
  receive(length: number): void {
    this.#length = Math.min(length, this.bytes.length);
    if (length < IN_HEADER || this.u32(0) !== length) {
      this.#length = 0;
      throw new ProtocolError('truncated', `A message of ${length} bytes does not have the length that it says.`);
    }
  }

  get length(): number {
    return this.#length;
  }

  get opcode(): number {
    return this.u32(4);
  }

  /** The lower half of the number that the answer repeats. */
  get uniqueLow(): number {
    return this.u32(8);
  }

  /** The upper half; its highest bit says that the request was sent to another process before. */
  get uniqueHigh(): number {
    return this.u32(12);
  }

  /** The number that the answer repeats, without the bit of a request that is sent again. */
  get id(): number {
    return requestId(this.uniqueLow, this.uniqueHigh);
  }

  /** Whether another process was sent this before, and has not answered. */
  get isResent(): boolean {
    return (this.uniqueHigh & RESENT) !== 0;
  }

  get node(): number {
    return this.u64(16);
  }

  get uid(): number {
    return this.u32(24);
  }

  get gid(): number {
    return this.u32(28);
  }

  get pid(): number {
    return this.u32(32);
  }

  /** Checks once that `size` bytes follow the header. @throws {ProtocolError} */
  need(size: number): void {
    if (IN_HEADER + size > this.#length)
      throw new ProtocolError(
        'truncated',
        `Operation ${this.opcode} has ${this.#length - IN_HEADER} of ${size} bytes.`,
      );
  }

  u32(offset: number): number {
    if (offset + 4 > this.#length) this.#truncated(offset);
    return this.#view.getUint32(offset, true);
  }

  u64(offset: number): number {
    if (offset + 8 > this.#length) this.#truncated(offset);
    const upper = this.#view.getUint32(offset + 4, true);
    if (upper >= LARGEST_UPPER) throw new ProtocolError('too-large', `The number at ${offset} is 2^53 or more.`);
    return this.#view.getUint32(offset, true) + upper * UPPER;
  }

  /** A number that needs all of its 64 bits, or wants no limit. */
  big(offset: number): bigint {
    if (offset + 8 > this.#length) this.#truncated(offset);
    return this.#view.getBigUint64(offset, true);
  }

  /** A time of signed seconds. */
  seconds(offset: number): number {
    if (offset + 8 > this.#length) this.#truncated(offset);
    return this.#view.getUint32(offset, true) + this.#view.getInt32(offset + 4, true) * UPPER;
  }

  /** The bytes up to the next NUL, which has to be there. */
  name(offset: number): string {
    const end = offset < this.#length ? this.bytes.indexOf(0, offset) : -1;
    if (end < 0 || end >= this.#length) throw new ProtocolError('unterminated', `The name at ${offset} has no end.`);
    this.#end = end + 1;
    return this.bytes.toString('latin1', offset, end);
  }

  /** Where {@link name} stopped. */
  get end(): number {
    return this.#end;
  }

  /** A view of `size` bytes: of the same memory. */
  data(offset: number, size: number): Buffer {
    if (offset + size > this.#length) this.#truncated(offset);
    return this.bytes.subarray(offset, offset + size);
  }

  #truncated(offset: number): never {
    throw new ProtocolError('truncated', `A message of ${this.#length} bytes has nothing at ${offset}.`);
  }
}
