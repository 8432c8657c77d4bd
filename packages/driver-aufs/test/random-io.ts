import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  writeSync,
} from 'node:fs';
import { allocateRange, copyRangeNow, isErrno } from '@graphdriver/host';
import { readMapped, writeMapped } from './mapped-file.ts';

const KINDS = [
  'read',
  'write',
  'write',
  'map-read',
  'map-write',
  'map-write',
  'map-write-sync',
  'truncate',
  'punch',
  'zero',
  'zero-keep-size',
  'allocate',
  'collapse',
  'copy',
  'reopen',
  'fsync',
  'check',
] as const;
const KEEP_SIZE = 1;
const MODES = {
  punch: 2 | KEEP_SIZE,
  zero: 0x10,
  'zero-keep-size': 0x10 | KEEP_SIZE,
  allocate: 0,
  collapse: 8,
} as const;
const BLOCK = 4096;
/** Files grow no larger. */
const LARGEST = 600_000;

/** One thing done to the file. Places are cut to what the file is then, so that any part of a history is one. */
export interface Step {
  readonly kind: (typeof KINDS)[number];
  readonly offset: number;
  readonly length: number;
  /** Where a range is copied to. */
  readonly target: number;
  /** What is written. */
  readonly fill: number;
}

/** Numbers from 0 to 1 that follow from a seed. */
function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A history that follows from its seed: `size` is about where most of it happens. */
export function stepsFrom(seed: number, count: number, size: number): readonly Step[] {
  const random = randomFrom(seed);
  const place = (): number => {
    const anywhere = Math.floor(random() * size * 1.2);
    return random() < 0.4 ? anywhere - (anywhere % BLOCK) : anywhere;
  };
  return Array.from({ length: count }, () => ({
    kind: KINDS[Math.floor(random() * KINDS.length)] ?? 'check',
    offset: place(),
    length: 1 + Math.floor(random() ** 3 * size),
    target: place(),
    fill: Math.floor(random() * 2 ** 31),
  }));
}

/** What a file is to be. */
class Model {
  bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  resize(size: number): void {
    const kept = this.bytes.subarray(0, size);
    this.bytes = Buffer.concat([kept, Buffer.alloc(size - kept.length)]);
  }

  write(offset: number, bytes: Buffer): void {
    if (offset + bytes.length > this.bytes.length) this.resize(offset + bytes.length);
    bytes.copy(this.bytes, offset);
  }

  collapse(offset: number, length: number): void {
    this.bytes = Buffer.concat([this.bytes.subarray(0, offset), this.bytes.subarray(offset + length)]);
  }
}

function contentOf({ fill }: Step, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; at += 1) bytes[at] = (fill + at * 31 + (at >> 8)) & 0xff;
  return bytes;
}

/** The file and its model going through the same. */
class Pair {
  readonly #path: string;
  readonly #model: Model;
  #fd: number;

  constructor(path: string) {
    this.#path = path;
    this.#model = new Model(readFileSync(path));
    this.#fd = openSync(path, constants.O_RDWR);
  }

  get expected(): Buffer {
    return this.#model.bytes;
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** Does a step to both. @throws where the file is not as the model */
  take(step: Step): void {
    const size = this.expected.length;
    const [offset, length] = [Math.min(step.offset, size), Math.min(step.length, LARGEST - step.offset)];
    const inside = Math.min(step.length, size - offset);
    if (step.kind === 'read') this.#compare(offset, readAt(this.#fd, offset, step.length), step.length);
    else if (step.kind === 'write') this.#write(step.offset, contentOf(step, length));
    else if (step.kind === 'truncate') this.#truncate(Math.min(step.offset, LARGEST));
    else if (step.kind === 'map-read' && inside > 0) this.#compare(offset, readMapped(this.#fd, offset, inside));
    else if (step.kind === 'map-write' && inside > 0) this.#map(offset, contentOf(step, inside), 'later');
    else if (step.kind === 'map-write-sync' && inside > 0) this.#map(offset, contentOf(step, inside), 'sync');
    else if (step.kind === 'copy') this.#copy(offset, Math.min(inside, LARGEST - step.target), step.target);
    else if (step.kind === 'reopen') this.#reopen();
    else if (step.kind === 'fsync') fsyncSync(this.#fd);
    else if (step.kind === 'check') this.check();
    else if (step.kind in MODES) this.#allocate(step.kind as keyof typeof MODES, step.offset, length); // Asked for in this line.
  }

  /** Compares the whole file, through a descriptor of its own and by its name. */
  check(): void {
    this.#compare(0, readFileSync(this.#path), LARGEST);
    const { size } = fstatSync(this.#fd);
    if (size !== this.expected.length) throw new Error(`The size is ${size} and not ${this.expected.length}.`);
  }

  /** `found` is what a read of `length` bytes gave. */
  #compare(offset: number, found: Buffer, length: number = found.length): void {
    const wanted = this.expected.subarray(offset, offset + length);
    if (found.equals(wanted)) return;
    const at = wanted.findIndex((byte, index) => found[index] !== byte);
    const where = at < 0 ? 'there is more' : `byte ${offset + at} is ${found[at]} and not ${wanted[at]}`;
    throw new Error(`Of ${wanted.length} bytes at ${offset} of ${this.expected.length}, ${where}.`);
  }

  #write(offset: number, bytes: Buffer): void {
    if (bytes.length === 0) return;
    const written = writeSync(this.#fd, bytes, 0, bytes.length, offset);
    if (written !== bytes.length) throw new Error(`${written} of ${bytes.length} bytes were written.`);
    this.#model.write(offset, bytes);
  }

  #map(offset: number, bytes: Buffer, sync: 'sync' | 'later'): void {
    writeMapped(this.#fd, offset, bytes, sync);
    this.#model.write(offset, bytes);
  }

  #truncate(size: number): void {
    ftruncateSync(this.#fd, size);
    this.#model.resize(size);
  }

  #copy(offset: number, length: number, target: number): void {
    const overlaps = offset < target + length && target < offset + length;
    if (length <= 0 || overlaps) return;
    const copied = copyRangeNow(this.#fd, offset, this.#fd, target, length);
    this.#model.write(target, Buffer.from(this.expected.subarray(offset, offset + copied)));
  }

  #reopen(): void {
    closeSync(this.#fd);
    this.#fd = openSync(this.#path, constants.O_RDWR);
  }

  /** What a file system cannot do it refuses, and nothing has changed. */
  #allocate(kind: keyof typeof MODES, anyOffset: number, anyLength: number): void {
    const isAligned = kind === 'collapse';
    const offset = isAligned ? anyOffset - (anyOffset % BLOCK) : anyOffset;
    const length = isAligned ? anyLength - (anyLength % BLOCK) : anyLength;
    const size = this.expected.length;
    if (length <= 0 || (isAligned && offset + length >= size)) return;
    try {
      allocateRange(this.#fd, MODES[kind], offset, length);
    } catch (error) {
      if (isErrno(error, 'EOPNOTSUPP', 'ENOTSUP')) return;
      throw error;
    }
    if (isAligned) this.#model.collapse(offset, length);
    else if (kind === 'allocate') this.#model.resize(Math.max(size, offset + length));
    else if (kind === 'zero') this.#model.write(offset, Buffer.alloc(length));
    else this.expected.fill(0, Math.min(offset, size), Math.min(offset + length, size));
  }
}

function readAt(fd: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(fd, bytes, 0, length, offset));
}

/** How a history ended: what the file is to be, or what went wrong. */
export type Outcome = { readonly expected: Buffer } | { readonly failure: string; readonly at: number };

/** Goes through a history on the file at `path`. */
export function replay(path: string, steps: readonly Step[]): Outcome {
  const pair = new Pair(path);
  let at = 0;
  try {
    for (const step of steps) {
      pair.take(step);
      at += 1;
    }
    pair.check();
    return { expected: Buffer.from(pair.expected) };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error), at };
  } finally {
    pair.close();
  }
}

/** The shortest history found within `milliseconds` that `fails` as well: ever smaller parts are left out of it. */
export async function shortest(
  steps: readonly Step[],
  fails: (steps: readonly Step[]) => Promise<boolean>,
  milliseconds: number,
): Promise<readonly Step[]> {
  const until = Date.now() + milliseconds;
  let kept = steps;
  for (let part = Math.ceil(kept.length / 2); part >= 1; part = part === 1 ? 0 : Math.ceil(part / 2)) {
    for (let at = 0; at < kept.length && Date.now() < until; ) {
      const without = [...kept.slice(0, at), ...kept.slice(at + part)];
      if (await fails(without)) kept = without;
      else at += part;
    }
  }
  return kept;
}
