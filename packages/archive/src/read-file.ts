import { closeSync, constants, fstatSync, openSync, read, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { isErrno } from '@graphdriver/host';
import { locationBytes } from './byte-path.ts';
import { openedPath } from './read-directory.ts';
import type { DataSegment } from './tar-entry.ts';
import type { BytePath, TreeNode } from './tree.ts';
import { nodeOf } from './tree-node.ts';

/** Files up to this size are read at once and synchronously: a trip through the thread pool takes longer. */
export const SMALL_FILE: number = 64 * 1024;

const CHUNK = 256 * 1024;
const READ_FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const readAsync = promisify(read);

/** A regular file of a tree, open for reading. */
export interface OpenedFile {
  readonly fd: number;
  /** What it is now that it is open: its size may have changed since it was looked up. */
  readonly node: TreeNode;
}

/**
 * Opens the regular file at `location`, a place without symbolic links; `undefined` where there is none any more.
 *
 * What was opened is checked, and not what was seen before: whoever swaps a directory of a running container for a symbolic link does
 * not get a file of the host read.
 */
export function openFileAt(location: BytePath): OpenedFile | undefined {
  let fd: number;
  try {
    fd = openSync(locationBytes(location), READ_FILE);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO')) return undefined;
    throw error;
  }
  const node = nodeOf(fstatSync(fd, { bigint: true }), location);
  if (node.type === 'file' && openedPath(fd) === location) return { fd, node };
  closeSync(fd);
  return undefined;
}

/** The bytes from `offset`, fewer than `length` only where the file ends. Blocks: for small pieces. */
export function readPiece(fd: number, offset: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const count = readSync(fd, buffer, done, length - done, offset + done);
    if (count === 0) break;
    done += count;
  }
  return buffer.subarray(0, done);
}

/** The same without blocking. */
export async function readPieceAsync(fd: number, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await readAsync(fd, buffer, done, length - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}

/**
 * The bytes of some segments of a file, one after another, in chunks that the reader may keep.
 *
 * Always as many as the segments say: where the file ends early the rest is zeros, for whoever reads has been told a length.
 */
export async function* readSegments(
  fd: number,
  segments: readonly DataSegment[],
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const { offset, length } of segments) {
    for (let done = 0; done < length; done += CHUNK) {
      const wanted = Math.min(CHUNK, length - done);
      const chunk =
        wanted <= SMALL_FILE ? readPiece(fd, offset + done, wanted) : await readPieceAsync(fd, offset + done, wanted);
      yield chunk.length === wanted ? chunk : Buffer.concat([chunk], wanted);
    }
  }
}
