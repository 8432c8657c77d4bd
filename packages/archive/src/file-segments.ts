import { dataSegments } from '@graphdriver/host';
import { readPieceAsync } from './read-file.ts';
import { SegmentMap } from './segment-map.ts';
import type { DataSegment } from './tar-entry.ts';

const BLOCK = 4096;
const CHUNK = 128 * BLOCK;
const ZEROS = Buffer.alloc(BLOCK);

/**
 * Where an open file of `size` bytes has data, or `null` where it has no long run of zeros.
 *
 * It tells the content and not what the file system stores: overlayfs fills holes when it copies a file up, others make holes of zeros,
 * and the same file must give the same archive everywhere. So the file is read, but for what is known to be a hole.
 */
export async function segmentsOf(fd: number, size: number): Promise<readonly DataSegment[] | null> {
  const map = new SegmentMap();
  let end = 0;
  for (const run of dataSegments(fd, size)) {
    const start = Math.max(end, run.offset - (run.offset % BLOCK));
    end = Math.min(size, Math.ceil((run.offset + run.length) / BLOCK) * BLOCK);
    for (let at = start; at < end; at += CHUNK) {
      addBlocks(map, await readPieceAsync(fd, at, Math.min(CHUNK, end - at)), at);
    }
  }
  return map.finish(size);
}

/** The same of a file of `size` bytes that has been read; what is missing at its end is a hole. */
export function segmentsIn(content: Buffer, size: number): readonly DataSegment[] | null {
  const map = new SegmentMap();
  addBlocks(map, content, 0);
  return map.finish(size);
}

function addBlocks(map: SegmentMap, bytes: Buffer, offset: number): void {
  for (let at = 0; at < bytes.length; at += BLOCK) {
    const block = bytes.subarray(at, at + BLOCK);
    const isHole = block.equals(block.length === BLOCK ? ZEROS : ZEROS.subarray(0, block.length));
    if (!isHole) map.add(offset + at, block.length);
  }
}
