import {
  closeFile,
  createFile,
  isErrno,
  makeHardLink,
  makeNode,
  makeSymlink,
  type TimeSlice,
  truncateFile,
  writeBytes,
} from '@graphdriver/host';
import { lastName, parentPath, pathBytes } from './byte-path.ts';
import { copyUp, TYPE_BITS } from './copy-up.ts';
import { DirectoryState } from './directory-state.ts';
import { invalidArchive, shown } from './invalid-archive.ts';
import type { LayerTree } from './layer-tree.ts';
import {
  layerAttributes,
  type NodeAttributes,
  removeInheritedAcl,
  removeOtherXattrs,
  setDirectoryAttributes,
  setFileAttributes,
  setNodeAttributes,
} from './node-attributes.ts';
import type { ReadEntry } from './tar-reader.ts';

/** Content is written in pieces of at most this size, between which others have their turn. */
const PIECE = 1024 * 1024;

/** How {@link placeEntry} shares the event loop and is stopped. */
export interface PlaceOptions {
  readonly slice: TimeSlice;
  readonly signal: AbortSignal | undefined;
}

/**
 * Makes what an archive member describes, in the place of whatever had its name; a directory keeps what is in it.
 *
 * @throws {StorageError} `INVALID_ARCHIVE` for what cannot be made without leaving the tree or breaking the layer format
 */
export async function placeEntry(tree: LayerTree, entry: ReadEntry, options: PlaceOptions): Promise<void> {
  const attributes = layerAttributes(entry);
  if (entry.path === '') {
    if (entry.type !== 'directory') throw invalidArchive('The root of the archive is not a directory.');
    describeDirectory(tree, tree.root, attributes);
    return;
  }
  // Refuses a path that is too long before half of it is made.
  tree.location(entry.path);
  const parent = tree.enter(parentPath(entry.path));
  if (entry.type === 'directory') {
    describeDirectory(tree, placeDirectory(tree, parent, lastName(entry.path)), attributes);
    return;
  }
  if (entry.type === 'file') await placeFile(tree, parent, entry, attributes, options);
  else if (entry.type === 'hardlink') await placeHardLink(tree, parent, entry, options);
  else await placeSpecial(tree, parent, entry, attributes);
  parent.markOwn(lastName(entry.path));
}

function placeDirectory(tree: LayerTree, parent: DirectoryState, name: string): DirectoryState {
  try {
    return tree.makeDirectory(parent, name);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
  const found = tree.upperDirectory(parent, name);
  return found ?? tree.replaceByDirectory(parent, name);
}

function describeDirectory(tree: LayerTree, state: DirectoryState, attributes: NodeAttributes): void {
  const location = tree.location(state.path);
  if (!state.fresh || state.archived || state.touched) removeOtherXattrs(location, attributes.xattrs);
  setDirectoryAttributes(state, location, attributes);
  state.passesOnAcl = false;
  state.archived = true;
  state.markHolding();
}

async function placeFile(
  tree: LayerTree,
  parent: DirectoryState,
  entry: ReadEntry,
  attributes: NodeAttributes,
  options: PlaceOptions,
): Promise<void> {
  const location = tree.location(entry.path);
  const fd = await inPlaceOf(tree, parent, entry, () => createFile(location, 0o600));
  try {
    await writeContent(fd, entry, options.slice);
    if (parent.passesOnAcl) removeInheritedAcl(location);
    setFileAttributes(fd, location, attributes);
  } finally {
    closeFile(fd);
  }
}

async function writeContent(fd: number, entry: ReadEntry, slice: TimeSlice): Promise<void> {
  const { content } = entry;
  const next = async (limit: number): Promise<Buffer> => {
    if (slice.over) await slice.pause();
    const bytes = content.take(limit);
    return bytes.length > 0 ? bytes : await content.next(limit);
  };
  if (entry.segments === null) {
    while (content.left > 0) writeBytes(fd, await next(PIECE));
    return;
  }
  for (const { offset, length } of entry.segments) {
    for (let done = 0; done < length; ) {
      const bytes = await next(Math.min(PIECE, length - done));
      done += writeBytes(fd, bytes, 0, bytes.length, offset + done);
    }
  }
  truncateFile(fd, entry.size);
}

async function placeSpecial(
  tree: LayerTree,
  parent: DirectoryState,
  entry: ReadEntry,
  attributes: NodeAttributes,
): Promise<void> {
  const location = tree.location(entry.path);
  const { type } = entry;
  if (type === 'character' || type === 'block' || type === 'fifo') {
    if (type !== 'fifo' && entry.rdev === 0)
      throw invalidArchive(`${shown(entry.path)} is the device 0:0, which stands for a deletion.`);
    await inPlaceOf(tree, parent, entry, () => makeNode(location, TYPE_BITS[type] | 0o600, entry.rdev));
    if (parent.passesOnAcl) removeInheritedAcl(location);
  } else {
    await inPlaceOf(tree, parent, entry, () => makeSymlink(pathBytes(entry.linkTarget), location));
  }
  setNodeAttributes(location, attributes, { isLink: type === 'symlink' });
}

async function placeHardLink(
  tree: LayerTree,
  parent: DirectoryState,
  entry: ReadEntry,
  options: PlaceOptions,
): Promise<void> {
  const { path, linkTarget } = entry;
  if (path === linkTarget) throw invalidArchive(`The hard link ${shown(path)} is a link to itself.`);
  await provideTarget(tree, entry, options.signal);
  try {
    await inPlaceOf(tree, parent, entry, () => makeHardLink(tree.location(linkTarget), tree.location(path)));
  } catch (error) {
    // The link took the place of a directory that its target was in.
    if (isErrno(error, 'ENOENT')) throw missingTarget(entry);
    throw error;
  }
}

/** Sees to it that the target of a hard link stands in the target directory itself: a link cannot reach into the tree underneath. */
async function provideTarget(tree: LayerTree, entry: ReadEntry, signal: AbortSignal | undefined): Promise<void> {
  const target = entry.linkTarget;
  const directory = target === '' ? undefined : tree.find(parentPath(target));
  if (directory === undefined || directory === 'whiteout') throw missingTarget(entry);
  if (directory instanceof DirectoryState) {
    const stats = tree.stats(target);
    if (stats !== undefined) {
      if (stats.isDirectory() || tree.isWhiteout(stats)) throw missingTarget(entry);
      return;
    }
    if (!tree.merged(directory)) throw missingTarget(entry);
  }
  const node = tree.lowerNode(target);
  if (node === undefined || node.type === 'directory') throw missingTarget(entry);
  const parent = tree.enter(parentPath(target));
  await copyUp({ node, parent, name: lastName(target), location: tree.location(target), signal });
}

function missingTarget(entry: ReadEntry): Error {
  return invalidArchive(
    `The hard link ${shown(entry.path)} is to ${shown(entry.linkTarget)}, and there is no such file.`,
  );
}

/** Makes something exclusively; only when the name is taken is the old thing looked at and removed. */
async function inPlaceOf<T>(tree: LayerTree, parent: DirectoryState, entry: ReadEntry, make: () => T): Promise<T> {
  try {
    return make();
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
  await tree.remove(parent, lastName(entry.path));
  return make();
}
