import { type ApplyResult, type CallOptions, refuseUnknownKeys, throwIfAborted } from '@graphdriver/core';
import { isErrno, TimeSlice, toStorageError } from '@graphdriver/host';
import type { ArchiveLimits } from './archive-limits.ts';
import { ArchiveSource } from './archive-source.ts';
import { joinPath } from './byte-path.ts';
import { decompress } from './decompress.ts';
import type { DirectoryState } from './directory-state.ts';
import { hide, hideAllIn } from './hide-lower.ts';
import { invalidArchive } from './invalid-archive.ts';
import { LayerTree } from './layer-tree.ts';
import { memberName } from './member-name.ts';
import { finishDirectory } from './node-attributes.ts';
import { type PlaceOptions, placeEntry } from './place-entry.ts';
import { refusedByNamespace } from './refused-by-namespace.ts';
import { TarReader } from './tar-reader.ts';
import type { UnpackTarget } from './unpack-target.ts';
import { WriteBehind } from './write-behind.ts';

/** Options of {@link unpackLayer}. */
export interface UnpackOptions extends CallOptions {
  readonly limits?: ArchiveLimits;
}

/**
 * Unpacks a layer archive, plain or compressed by gzip or zstd, into `target`.
 *
 * Everything that the archive says is kept: owners, modes with set-id bits, times to the nanosecond, all extended attributes,
 * hard links, devices, holes. Directories that it only implies are as they are underneath, or else 0755, of root and of 1970,
 * and the times of directories are what they would be had nobody written into them: the same archive always gives the same tree.
 *
 * Deletions are understood in both notations, one whiteout per name and opaque markers, and hide only what was there before,
 * wherever in the archive they stand.
 * Nothing is ever made outside of `target.root`: names that lead upwards and parents that are symbolic links are refused.
 *
 * Holds in memory a few chunks of the archive, a few hundred bytes per directory, and the names that it brings into directories
 * that were there before.
 * Reads the archive to its end. Makes nothing durable. When it fails, the target is half written: its owner throws it away.
 *
 * @throws {StorageError} `INVALID_ARCHIVE`, `OUT_OF_SPACE`, `QUOTA_EXCEEDED`, `PERMISSION_DENIED`, `UNSUITABLE_FILESYSTEM`
 *   (no extended attributes), `PREREQUISITE_MISSING` (no `zstd`), `ABORTED`, `SYSTEM_CALL_FAILED`
 */
export async function unpackLayer(
  archive: AsyncIterable<Uint8Array>,
  target: UnpackTarget,
  options: UnpackOptions = {},
): Promise<ApplyResult> {
  refuseUnknownKeys(options, ['signal', 'limits'], 'unpackLayer');
  const { signal, limits } = options;
  const source = new ArchiveSource(archive, signal);
  const reader = new TarReader(decompress(source), limits);
  const writes = new WriteBehind();
  try {
    const tree = new LayerTree(target);
    const slice = new TimeSlice();
    const size = await unpackAll(reader, tree, { slice, signal, writes, reserving: {} });
    await writes.settle();
    writes.check();
    await finishDirectories(tree, slice);
    return { size };
  } catch (error) {
    throw unpackError(error, signal);
  } finally {
    source.close();
    await writes.settle();
    // A decompressing process is gone when this returns; how it went no longer matters.
    await reader.close().catch(() => undefined);
  }
}

async function unpackAll(reader: TarReader, tree: LayerTree, options: PlaceOptions): Promise<number> {
  const { slice, signal, writes } = options;
  let size = 0;
  for (;;) {
    const entry = reader.nextAtHand() ?? (await reader.next());
    if (entry === undefined) return size;
    throwIfAborted(signal, 'Unpacking the archive');
    writes.check();
    if (slice.over) await slice.pause();
    const name = memberName(entry);
    if (name.kind === 'whiteout') {
      await hide(tree, joinPath(name.directory, name.name), slice);
    } else if (name.kind === 'opaque') {
      await hideAllIn(tree, name.directory, slice);
    } else if (name.kind === 'node') {
      const placing = placeEntry(tree, entry, name, options);
      if (placing !== undefined) await placing;
      size += entry.size;
    }
  }
}

async function finishDirectories(tree: LayerTree, slice: TimeSlice): Promise<void> {
  const pending: DirectoryState[] = [tree.root];
  for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
    if (slice.over) await slice.pause();
    if (state.touched) finishDirectory(state, tree.location(state.path));
    for (const child of state.children()) pending.push(child);
  }
}

function unpackError(error: unknown, signal: AbortSignal | undefined): unknown {
  // A wrong argument, such as a stream of strings, stays one.
  if (error instanceof TypeError) return error;
  if (isErrno(error, 'EFBIG', 'ENAMETOOLONG'))
    return invalidArchive('The archive has a file that the file system cannot hold.', error);
  return refusedByNamespace(error) ?? toStorageError(error, 'The archive could not be unpacked.', signal);
}
