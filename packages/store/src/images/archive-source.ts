import { closeSync, constants, openSync, read } from 'node:fs';
import { posix } from 'node:path';
import { promisify } from 'node:util';
import { readTar } from '@graphdriver/archive';
import type { CallOptions } from '@graphdriver/core';
import { STREAM_PIECE } from '@graphdriver/host';
import { ArchiveHeaders } from './archive-headers.ts';
import type { ImageSource } from './image-source.ts';

const readAsync = promisify(read);
/** Old archives have links from one layer to the file of another that is the same. */
const MOST_LINKS = 8;

/** Where the data of a file lies in the archive, or which other file it is. */
type Member = { readonly offset: number; readonly size: number } | { readonly link: string };

/**
 * The files of an image in an uncompressed tar archive on disk. Reads the headers of all of its members to learn where they lie.
 *
 * @throws {StorageError} `INVALID_ARCHIVE`
 */
export async function archiveSource(path: string, { signal }: CallOptions = {}): Promise<ImageSource> {
  const fd = openSync(path, constants.O_RDONLY);
  const members = await membersOf(fd, signal).catch((error: unknown) => {
    closeSync(fd);
    throw error;
  });
  const find = (name: string): { readonly offset: number; readonly size: number } | undefined => {
    let member = members.get(name);
    for (let hops = 0; member !== undefined && 'link' in member; hops++) {
      if (hops === MOST_LINKS) return undefined;
      member = members.get(member.link);
    }
    return member;
  };
  return {
    size: (name) => find(name)?.size,
    open: (name) => piecesOf(fd, find(name) ?? { offset: 0, size: 0 }),
    [Symbol.asyncDispose]: async () => closeSync(fd),
  };
}

async function membersOf(fd: number, signal: AbortSignal | undefined): Promise<ReadonlyMap<string, Member>> {
  const members = new Map<string, Member>();
  const archive = new ArchiveHeaders(fd);
  for await (const entry of readTar(archive, signal === undefined ? {} : { signal })) {
    archive.passTo(entry.content.offset + entry.content.left);
    // A name in an archive is bytes; those of an image are plain.
    if (entry.type === 'file' && entry.segments === null)
      members.set(entry.path, { offset: entry.content.offset, size: entry.size });
    else if (entry.type === 'symlink')
      members.set(entry.path, { link: posix.join(posix.dirname(entry.path), entry.linkTarget) });
    else if (entry.type === 'hardlink') members.set(entry.path, { link: entry.linkTarget });
  }
  return members;
}

async function* piecesOf(
  fd: number,
  { offset, size }: { readonly offset: number; readonly size: number },
): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < size; ) {
    const length = Math.min(STREAM_PIECE, size - done);
    const { bytesRead, buffer } = await readAsync(fd, Buffer.allocUnsafe(length), 0, length, offset + done);
    if (bytesRead === 0) return;
    done += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
