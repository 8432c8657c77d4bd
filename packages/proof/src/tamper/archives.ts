import { readTar, type TarEntry, writeTar } from '@graphdriver/archive';
import { type Driver, isStorageError } from '@graphdriver/core';

/** What becomes of an archive's entries on their way. Content must be read, or handed on, before the next entry is asked for. */
export type EntryChange = (entries: AsyncIterable<TarEntry>) => AsyncIterable<TarEntry>;

/** An archive with its entries changed. */
export function rewritten(archive: AsyncIterable<Uint8Array>, change: EntryChange): AsyncIterable<Uint8Array> {
  return writeTar(change(readTar(archive)));
}

/** Changes each entry by itself; `null` leaves it out. */
export function eachEntry(change: (entry: TarEntry) => TarEntry | null): EntryChange {
  return async function* (entries) {
    for await (const entry of entries) {
      const changed = change(entry);
      if (changed !== null) yield changed;
    }
  };
}

/** Changes all entries at once, with their content in memory. */
export function allEntries(change: (entries: readonly TarEntry[]) => readonly TarEntry[]): EntryChange {
  return async function* (entries) {
    const kept: TarEntry[] = [];
    for await (const entry of entries) kept.push({ ...entry, content: [await contentOf(entry)] });
    yield* change(kept);
  };
}

/** An entry's data in one piece: its segments one after another where it is sparse. */
export async function contentOf(entry: TarEntry): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry.content) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** A `diff` whose archives are changed on the way out. */
export function changedDiffs(driver: Driver, change: EntryChange): Driver['diff'] {
  return (id, options) => rewritten(driver.diff(id, options), change);
}

/** An `applyDiff` whose archives are changed on the way in. What cannot be read is handed on as it is, to be refused. */
export function changedInput(driver: Driver, change: EntryChange): Driver['applyDiff'] {
  return async (id, archive, options) => {
    const bytes = await collected(archive);
    const changed = await collected(rewritten(once(bytes), change)).catch((error: unknown) => {
      if (isStorageError(error, 'INVALID_ARCHIVE')) return bytes;
      throw error;
    });
    return driver.applyDiff(id, once(changed), options);
  };
}

/** All of a stream, in memory. */
export async function collected(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** A stream of one chunk. */
export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const BLOCK = 512;

/**
 * An archive without the entries whose raw header `wanted` does not want, each with all of its content blocks.
 * For what `readTar` understands so well that it no longer shows.
 */
export function withoutRawEntries(archive: Buffer, wanted: (header: Buffer) => boolean): Buffer {
  const kept: Buffer[] = [];
  let offset = 0;
  while (offset < archive.length && archive[offset] !== 0) {
    const header = archive.subarray(offset, offset + BLOCK);
    const size = Number.parseInt(header.toString('latin1', 124, 135), 8);
    const end = offset + BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    if (wanted(header)) kept.push(archive.subarray(offset, end));
    offset = end;
  }
  return Buffer.concat([...kept, archive.subarray(offset)]);
}
