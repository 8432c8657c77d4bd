import { crc32 } from 'node:zlib';
import { type ReadEntry, readTar } from '@graphdriver/archive';
import type { CallOptions } from '@graphdriver/core';
import { ArchiveWindow } from './archive-window.ts';
import { AssemblyWriter } from './assembly-writer.ts';
import { ShadowedFiles } from './shadowed-files.ts';

/** Data up to this size is kept in the assembly: to find a file in a layer costs more than to unpack a kilobyte. */
const SMALL = 512;

/** A sparse file is read from its start, holes included: beyond this many times its data that is dearer than to keep the data. */
const MOST_HOLES = 16;

/** How {@link assemble} works. */
export interface AssembleOptions extends CallOptions {
  /** Members whose data is not in the layer, from an earlier pass. */
  readonly shadowed?: ShadowedFiles;
}

/**
 * Writes down at `path` all of an archive but what can be read from the files of the layer that is made of it.
 *
 * Returns the members that turned out not to be in the layer although their data was left to it: where there are any, the file is of no
 * use and another pass is due. The archive is read to its end; memory does not grow with it. Nothing is durable yet.
 *
 * @throws {StorageError} `INVALID_ARCHIVE`, as unpacking does
 */
export async function assemble(
  archive: AsyncIterable<Uint8Array>,
  path: string,
  { shadowed, signal }: AssembleOptions = {},
): Promise<ShadowedFiles> {
  const window = new ArchiveWindow(archive);
  const found = new ShadowedFiles();
  await using writer = new AssemblyWriter(path);
  let index = 0;
  for await (const entry of readTar(window, signal === undefined ? {} : { signal })) {
    for (const piece of window.until(entry.content.offset)) writer.bytes(piece);
    if (staysInLayer(entry) && shadowed?.has(index) !== true) {
      found.file(entry.path, index);
      await refer(entry, window, writer);
    } else {
      found.member(entry.path, entry.type === 'directory', index);
      await keep(entry, window, writer);
    }
    await writer.drain();
    index++;
  }
  for (const piece of window.until(Number.POSITIVE_INFINITY)) writer.bytes(piece);
  if (found.isEmpty) await writer.finish();
  return found;
}

/** Whether the layer has a file with the entry's data, unless a later member takes its place. */
function staysInLayer({ type, path, size, content, segments }: ReadEntry): boolean {
  if (type !== 'file' || content.left <= SMALL) return false;
  // Old archives carry what aufs kept for itself, which unpacking passes over.
  if (path.includes('.wh.')) return false;
  return segments === null || size <= content.left * MOST_HOLES;
}

async function refer(entry: ReadEntry, window: ArchiveWindow, writer: AssemblyWriter): Promise<void> {
  const { path, segments, content } = entry;
  const length = content.left;
  let crc = 0;
  while (content.left > 0) {
    crc = crc32(await content.next(), crc);
    window.until(content.offset + length - content.left);
  }
  writer.file({ path, length, crc, segments });
}

async function keep({ content }: ReadEntry, window: ArchiveWindow, writer: AssemblyWriter): Promise<void> {
  const length = content.left;
  while (content.left > 0) {
    await content.next();
    for (const piece of window.until(content.offset + length - content.left)) writer.bytes(piece);
    await writer.drain();
  }
}
