import { closeSync, constants, openSync } from 'node:fs';
import type { FilePath } from './file-path.ts';
import { checked, libc } from './libc.ts';

// linux/fiemap.h
const FS_IOC_FIEMAP = 0xc020660b;
const HEADER = 32;
const EXTENT = 56;
const EXTENTS_PER_CALL = 256;
const FLAG_SYNC = 1;
const EXTENT_LAST = 0x1;
const EXTENT_SHARED = 0x2000;

/** Where data lies on the device: from here, up to but not including there. */
type Span = readonly [from: bigint, to: bigint];

const buffer = Buffer.allocUnsafeSlow(HEADER + EXTENT * EXTENTS_PER_CALL);

/** Flags of an extent whose place on the device says nothing about content: not known, not written yet, encoded, or inside a block of metadata. */
const NOT_A_PLACE = 0x2 | 0x4 | 0x8 | 0x80 | 0x100 | 0x200 | 0x400;
/** Of a file that is in more pieces than this, nothing is told. */
const MOST_EXTENTS = 4 * EXTENTS_PER_CALL;

/**
 * Tells whether two regular files of the same size have all their blocks in common, as a file and its clone have: then they
 * have the same content, and nothing of it need be read. False where that is not so or cannot be told. Writes back what waits to be.
 */
export function sharesAllBlocks(one: FilePath, other: FilePath): boolean {
  const [places, others] = [placesOf(one), placesOf(other)];
  return places !== undefined && places === others;
}

/** Where a file's blocks are, in words that are the same for the same places; `undefined` where that cannot be told. */
function placesOf(path: FilePath): string | undefined {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const places: string[] = [];
    for (let start = 0n; places.length < MOST_EXTENTS; ) {
      // A change that is not written back yet shows in no map.
      askFrom(start, FLAG_SYNC);
      if (libc().ioctl(fd, FS_IOC_FIEMAP, buffer) < 0) return undefined;
      const mapped = buffer.readUInt32LE(20);
      for (let index = 0; index < mapped; index += 1) {
        const at = HEADER + index * EXTENT;
        const kind = buffer.readUInt32LE(at + 40);
        if ((kind & NOT_A_PLACE) !== 0) return undefined;
        places.push(buffer.toString('hex', at, at + 24));
        if ((kind & EXTENT_LAST) !== 0) return places.join();
        start = buffer.readBigUInt64LE(at) + buffer.readBigUInt64LE(at + 16);
      }
      if (mapped === 0) return undefined;
    }
    return undefined;
  } finally {
    closeSync(fd);
  }
}

function askFrom(start: bigint, flags: number): void {
  buffer.fill(0, 0, HEADER);
  buffer.writeBigUInt64LE(start, 0);
  buffer.writeBigUInt64LE(0xffff_ffff_ffff_ffffn - start, 8);
  buffer.writeUInt32LE(flags, 16);
  buffer.writeUInt32LE(EXTENTS_PER_CALL, 24);
}

/** Bytes of a regular file whose blocks other files, or other places of the same file, have too. */
export function sharedBytes(path: FilePath): number {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    // What waits to be written can only make less of it shared: a file that shares nothing need not be written back.
    return sharedBytesOf(fd, path, 0) === 0 ? 0 : sharedBytesOf(fd, path, FLAG_SYNC);
  } finally {
    closeSync(fd);
  }
}

function sharedBytesOf(fd: number, path: FilePath, flags: number): number {
  let shared = 0n;
  for (const [from, to] of sharedSpansOf(fd, path, flags)) shared += to - from;
  return Number(shared);
}

/** Where on the device the blocks lie that are somebody else's too, in the order of the file. To be read to its end before another file is asked: the buffer is one. */
function* sharedSpansOf(fd: number, path: FilePath, flags: number): Generator<Span, void, undefined> {
  for (let start = 0n; ; ) {
    askFrom(start, flags);
    checked('fiemap', libc().ioctl(fd, FS_IOC_FIEMAP, buffer), path);
    const mapped = buffer.readUInt32LE(20);
    if (mapped === 0) return;
    for (let index = 0; index < mapped; index += 1) {
      const at = HEADER + index * EXTENT;
      const [place, length] = [buffer.readBigUInt64LE(at + 8), buffer.readBigUInt64LE(at + 16)];
      const kind = buffer.readUInt32LE(at + 40);
      start = buffer.readBigUInt64LE(at) + length;
      if ((kind & EXTENT_SHARED) !== 0) yield [place, place + length];
      if ((kind & EXTENT_LAST) !== 0) return;
    }
  }
}

/**
 * Bytes of one regular file whose blocks another has too, wherever in it. What is compressed counts as long as it is when it is read.
 * Writes back what waits to be.
 */
export function commonBytes(one: FilePath, other: FilePath): number {
  const mine = sharedSpans(one);
  if (mine.length === 0) return 0;
  const theirs = joined(sharedSpans(other));
  let common = 0n;
  let passed = 0;
  for (const [from, to] of mine) {
    while ((theirs[passed]?.[1] ?? to) <= from) passed += 1;
    for (let index = passed; ; index += 1) {
      let [start, end] = theirs[index] ?? [to, to];
      if (start >= to) break;
      if (start < from) start = from;
      if (end > to) end = to;
      common += end - start;
    }
  }
  return Number(common);
}

/** In the order of the device. */
function sharedSpans(path: FilePath): readonly Span[] {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return [...sharedSpansOf(fd, path, FLAG_SYNC)].sort(([from], [start]) => (from < start ? -1 : 1));
  } finally {
    closeSync(fd);
  }
}

/** The same without overlaps. */
function joined(spans: readonly Span[]): readonly Span[] {
  const apart: [bigint, bigint][] = [];
  for (const [from, to] of spans) {
    const last = apart.at(-1);
    if (last === undefined || from > last[1]) apart.push([from, to]);
    else if (to > last[1]) last[1] = to;
  }
  return apart;
}
