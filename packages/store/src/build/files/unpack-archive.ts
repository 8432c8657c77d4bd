import { closeSync, read } from 'node:fs';
import { promisify } from 'node:util';
import { type BytePath, decompress, readTar, type TarEntry, unpackLayer, writeTar } from '@graphdriver/archive';
import { isStorageError, StorageError } from '@graphdriver/core';
import { filter, type Owner } from '@graphdriver/host';
import { nameOf, textPath } from './clean-path.ts';
import type { SourceTree } from './source-tree.ts';

const BLOCK = 512;
const READ_SIZE = 1 << 20;
const readAsync = promisify(read);

/** Compressions that the archive package leaves to commands, by their first bytes. */
const COMMANDS: readonly (readonly [command: string, magic: Buffer])[] = [
  ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])],
  ['bzip2', Buffer.from('BZh', 'latin1')],
];

/** Options of {@link unpackArchive}. */
export interface UnpackRules {
  /** Whom everything belongs to; `null` for those that the archive names. */
  readonly owner: Owner | null;
  readonly signal?: AbortSignal;
}

/**
 * Tells whether a file is a tar archive, plain or compressed by gzip, bzip2, xz or zstd, by its content: names mean nothing. Anything that is
 * not one, a damaged one too, is copied as it is.
 */
export async function isArchive(tree: SourceTree, path: BytePath): Promise<boolean> {
  try {
    return isTarHeader(await firstBlock(uncompressed(readFile(tree, path))));
  } catch (error) {
    if (isStorageError(error, 'INVALID_ARCHIVE') || isStorageError(error, 'COMMAND_FAILED')) return false;
    throw error;
  }
}

/**
 * Unpacks an archive into a directory, over what is there. Nothing outside of it is written: an entry that leads upwards, or through a link that
 * the archive or the image has, is refused.
 *
 * @throws {StorageError} `INVALID_ARCHIVE`, also for names that an image's layer cannot have
 */
export async function unpackArchive(
  tree: SourceTree,
  path: BytePath,
  directory: string,
  { owner, signal }: UnpackRules,
): Promise<void> {
  const entries = readTar(uncompressed(readFile(tree, path)));
  const target = { root: directory, whiteouts: 'remove', lower: null } as const;
  await unpackLayer(writeTar(adapted(entries, owner)), target, signal === undefined ? {} : { signal });
}

async function* adapted(entries: AsyncIterable<TarEntry>, owner: Owner | null): AsyncGenerator<TarEntry> {
  for await (const entry of entries) {
    // In a layer such a name would delete another file.
    if (nameOf(entry.path).startsWith('.wh.'))
      throw new StorageError(
        'INVALID_ARCHIVE',
        `The archive holds ${textPath(entry.path)}, a name that no layer can have.`,
      );
    yield owner === null ? entry : { ...entry, uid: owner.uid, gid: owner.gid };
  }
}

async function* readFile(tree: SourceTree, path: BytePath): AsyncGenerator<Uint8Array> {
  const fd = tree.open(path);
  try {
    for (;;) {
      // Each chunk its own, for a reader may still have the one before.
      const { bytesRead, buffer } = await readAsync(fd, Buffer.allocUnsafe(READ_SIZE), 0, READ_SIZE, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    closeSync(fd);
  }
}

async function* uncompressed(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = bytes[Symbol.asyncIterator]();
  try {
    const first = await source.next();
    const head: Uint8Array = first.done === true ? Buffer.alloc(0) : first.value;
    const whole = (async function* (): AsyncGenerator<Uint8Array> {
      yield head;
      for (let next = await source.next(); next.done !== true; next = await source.next()) yield next.value;
    })();
    const [command] = COMMANDS.find(([, magic]) => magic.compare(head.subarray(0, magic.length)) === 0) ?? [];
    yield* command === undefined ? decompress(whole) : filter(command, ['-dc'])(whole);
  } finally {
    await source.return?.();
  }
}

async function firstBlock(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= BLOCK) break;
  }
  return Buffer.concat(chunks).subarray(0, BLOCK);
}

/** The sum of a header's bytes, its own field taken as blanks, is written in the header: old archives have no other mark. */
function isTarHeader(block: Buffer): boolean {
  if (block.length < BLOCK) return false;
  const written = Number.parseInt(
    block
      .toString('latin1', 148, 156)
      .replace(/[\0 ]+/g, ' ')
      .trim(),
    8,
  );
  let sum = 8 * 0x20;
  for (let at = 0; at < BLOCK; at += 1) if (at < 148 || at >= 156) sum += block[at] ?? 0;
  return written === sum;
}
