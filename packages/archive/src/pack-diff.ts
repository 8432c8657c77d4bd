import { type CallOptions, StorageError, throwIfAborted } from '@graphdriver/core';
import { closeFile, isErrno } from '@graphdriver/host';
import { isOverlayWhiteout } from './branch-notation.ts';
import { joinPath, lastName, parentPath, pathBytes } from './byte-path.ts';
import { segmentsIn, segmentsOf } from './file-segments.ts';
import { hasLinks } from './link-groups.ts';
import { WHITEOUT_PREFIX } from './member-name.ts';
import { readLink } from './node-difference.ts';
import { xattrsOf } from './node-xattrs.ts';
import { type OpenedFile, openFileAt, readPiece, readPieceAsync, readSegments, SMALL_FILE } from './read-file.ts';
import type { TarEntry, TarEntryType } from './tar-entry.ts';
import { writeTar } from './tar-writer.ts';
import type { BytePath, NodeType, TreeNode } from './tree.ts';
import type { TreeChange } from './tree-change.ts';

// Up to this size a file is read once and held, beyond it is read twice: for its holes and for its data.
const MEDIUM_FILE = 1024 * 1024;

const NO_XATTRS: ReadonlyMap<string, Buffer> = new Map();

/**
 * Writes changes as a layer archive: an uncompressed tar in the order of the changes, with a whiteout for each deletion.
 *
 * The same changes of the same files give the same bytes. Opaque markers are never written. Of a file with several names the first is
 * written with its content and the others as hard links to it. Sockets are left out, as every tar does, since nothing but the program
 * that made one can bring it to life. What a file's neighbours write into the tree meanwhile makes the archive a mixture but never
 * breaks it: a file that has gone is left out, one that shrinks is filled up with zeros.
 *
 * Memory does not grow with the files, only with the number of files that have several names.
 *
 * @throws {StorageError} `UNREPRESENTABLE` for a name that starts with `.wh.` and for a character device 0:0, which overlay layers cannot
 *   hold, `ABORTED`
 */
export function packDiff(changes: AsyncIterable<TreeChange>, options: CallOptions = {}): AsyncIterable<Uint8Array> {
  return writeTar(entriesOf(changes, options.signal));
}

async function* entriesOf(
  changes: AsyncIterable<TreeChange>,
  signal: AbortSignal | undefined,
): AsyncGenerator<TarEntry> {
  const firstNames = new Map<string, BytePath>();
  for await (const { path, node, base } of changes) {
    throwIfAborted(signal, 'Packing a layer');
    refuseUnrepresentable(path, node);
    if (node === undefined) {
      yield whiteout(path);
    } else if (node.type === 'socket') {
      if (base !== undefined && base.type !== 'socket') yield whiteout(path);
    } else {
      const firstName = hasLinks(node) ? firstNames.get(node.identity) : undefined;
      if (firstName !== undefined) {
        yield { ...entryOf(path, 'hardlink', node), linkTarget: firstName };
        continue;
      }
      if (hasLinks(node)) firstNames.set(node.identity, path);
      if (node.type === 'file') yield* fileEntry(path, node, firstNames);
      else yield* otherEntry(path, node.type, node, firstNames);
    }
  }
}

async function* fileEntry(path: BytePath, node: TreeNode, firstNames: Map<string, BytePath>): AsyncGenerator<TarEntry> {
  const file = openFileAt(node.location);
  if (file === undefined) return forget(node, firstNames);
  try {
    yield await openedEntry(path, file);
  } finally {
    closeFile(file.fd);
  }
}

async function openedEntry(path: BytePath, { fd, node }: OpenedFile): Promise<TarEntry> {
  const entry = { ...entryOf(path, 'file', node), size: node.size, xattrs: xattrsOf(node) };
  if (node.size <= SMALL_FILE) return { ...entry, content: [readPiece(fd, 0, node.size)] };
  if (node.size <= MEDIUM_FILE) {
    const content = await readPieceAsync(fd, 0, node.size);
    const segments = segmentsIn(content, node.size);
    const data = segments?.map(({ offset, length }) => content.subarray(offset, offset + length));
    return { ...entry, segments, content: data ?? [content] };
  }
  const segments = await segmentsOf(fd, node.size);
  return { ...entry, segments, content: readSegments(fd, segments ?? [{ offset: 0, length: node.size }]) };
}

function* otherEntry(
  path: BytePath,
  type: Exclude<NodeType, 'file' | 'socket'>,
  node: TreeNode,
  firstNames: Map<string, BytePath>,
): Generator<TarEntry> {
  const linkTarget = type === 'symlink' ? linkTargetOf(node) : '';
  if (linkTarget === undefined) return forget(node, firstNames);
  yield { ...entryOf(path, type, node), linkTarget, rdev: node.rdev, xattrs: xattrsOf(node) };
}

function linkTargetOf(node: TreeNode): BytePath | undefined {
  try {
    return readLink(node.location);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EINVAL')) return undefined;
    throw error;
  }
}

/** A file that has gone since it was found cannot be what its other names are linked to. */
function forget(node: TreeNode, firstNames: Map<string, BytePath>): void {
  firstNames.delete(node.identity);
}

/** The root's time is no part of a layer: making any file in the view moves it. */
const ROOT_TIME = 0n;

function entryOf(path: BytePath, type: TarEntryType, { mode, uid, gid, mtime }: TreeNode): TarEntry {
  return {
    path,
    type,
    mode,
    uid,
    gid,
    size: 0,
    mtime: path === '' ? ROOT_TIME : mtime,
    linkTarget: '',
    rdev: 0,
    xattrs: NO_XATTRS,
    segments: null,
    content: [],
  };
}

/** The mark that hides `path` in the layers below. Its own mode, owner and time say nothing and are always the same. */
function whiteout(path: BytePath): TarEntry {
  return {
    path: joinPath(parentPath(path), WHITEOUT_PREFIX + lastName(path)),
    type: 'file',
    mode: 0o600,
    uid: 0,
    gid: 0,
    size: 0,
    mtime: 0n,
    linkTarget: '',
    rdev: 0,
    xattrs: NO_XATTRS,
    segments: null,
    content: [],
  };
}

function refuseUnrepresentable(path: BytePath, node: TreeNode | undefined): void {
  const isNamedLikeWhiteout = lastName(path).startsWith(WHITEOUT_PREFIX);
  const isWhiteoutDevice = node !== undefined && isOverlayWhiteout(node);
  if (!isNamedLikeWhiteout && !isWhiteoutDevice) return;
  const shown = `/${pathBytes(path).toString()}`;
  throw new StorageError('UNREPRESENTABLE', `No layer can be made of ${shown} again: there it would be a whiteout.`, {
    hint: isNamedLikeWhiteout ? 'Rename the file.' : 'Remove the device.',
    details: { path: shown },
  });
}
