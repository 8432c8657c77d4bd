import type { DataSegment } from './tar-entry.ts';

// Zeros that are shorter stay what they are: executables are full of them, and a plain file is something that everybody can read.
const SMALLEST_HOLE = 64 * 1024;

// A map of this length is a third of what a reader of archives takes, and memory for maps stays small.
const MOST_SEGMENTS = 16_384;

/**
 * Gathers where a file has data, told in ascending order.
 *
 * Data that is closer than the smallest hole worth having is joined, and so is what is closest when there are too many segments:
 * always the same ones for the same data, in whatever pieces it is told.
 */
export class SegmentMap {
  #segments: { readonly offset: number; length: number }[] = [];
  #smallestHole = SMALLEST_HOLE;

  add(offset: number, length: number): void {
    this.#join(this.#segments, offset, length);
    while (this.#segments.length > MOST_SEGMENTS) {
      this.#smallestHole *= 2;
      const joined: { readonly offset: number; length: number }[] = [];
      for (const segment of this.#segments) this.#join(joined, segment.offset, segment.length);
      this.#segments = joined;
    }
  }

  /** The map of a file of `size` bytes, or `null` where nothing in it is worth being called a hole. */
  finish(size: number): readonly DataSegment[] | null {
    const last = this.#segments.at(-1);
    if (last !== undefined && size - (last.offset + last.length) < this.#smallestHole) last.length = size - last.offset;
    const isWhole = this.#segments.length === 1 && last?.length === size;
    return isWhole ? null : this.#segments;
  }

  #join(segments: { readonly offset: number; length: number }[], offset: number, length: number): void {
    const last = segments.at(-1);
    const gap = offset - (last === undefined ? 0 : last.offset + last.length);
    if (gap >= this.#smallestHole) segments.push({ offset, length });
    else if (last === undefined) segments.push({ offset: 0, length: offset + length });
    else last.length = offset + length - last.offset;
  }
}
