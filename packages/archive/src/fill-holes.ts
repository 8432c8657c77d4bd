import type { DataSegment, TarEntry } from './tar-entry.ts';

const ZEROS = Buffer.alloc(64 * 1024);

/** The same file without holes: what was left out is written as zeros. */
export function fillHoles(entry: TarEntry, segments: readonly DataSegment[]): TarEntry {
  return { ...entry, segments: null, content: filled(entry, segments) };
}

async function* filled(entry: TarEntry, segments: readonly DataSegment[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  let next = 0;
  for await (const chunk of entry.content) {
    for (let done = 0; done < chunk.length; ) {
      const segment = segments[next];
      if (segment === undefined) return;
      if (at < segment.offset) yield* zeros(segment.offset - at);
      const from = Math.max(at, segment.offset);
      const length = Math.min(chunk.length - done, segment.offset + segment.length - from);
      yield chunk.subarray(done, done + length);
      done += length;
      at = from + length;
      if (at === segment.offset + segment.length) next++;
    }
  }
  yield* zeros(entry.size - at);
}

function* zeros(length: number): Generator<Uint8Array> {
  for (let left = length; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, Math.min(left, ZEROS.length));
}
