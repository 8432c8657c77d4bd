import { createFile, isErrno, makeHardLink, makeNode, makeSymlink } from '@graphdriver/host';
import { lastName, parentPath, pathBytes } from './byte-path.ts';
import { copyUp, TYPE_BITS } from './copy-up.ts';
import { DirectoryState } from './directory-state.ts';
import { type FillOptions, fillFile } from './fill-file.ts';
import { invalidArchive, shown } from './invalid-archive.ts';
import type { LayerTree } from './layer-tree.ts';
import type { MemberName } from './member-name.ts';
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

/** How {@link placeEntry} gets content into files and is stopped. */
export interface PlaceOptions extends FillOptions {
  readonly signal: AbortSignal | undefined;
}

/** What is made of a member that is no directory, and where. */
interface Placing {
  readonly tree: LayerTree;
  readonly entry: ReadEntry;
  readonly parent: DirectoryState;
  readonly name: string;
  readonly location: Buffer;
}

/**
 * Makes what an archive member describes, in the place of whatever had its name; a directory keeps what is in it.
 *
 * Most members are in place when this returns `undefined`: to wait for each would take as long as to make it.
 *
 * @throws {StorageError} `INVALID_ARCHIVE` for what cannot be made without leaving the tree or breaking the layer format
 */
export function placeEntry(
  tree: LayerTree,
  entry: ReadEntry,
  { directory, name }: MemberName,
  options: PlaceOptions,
): Promise<void> | undefined {
  const attributes = layerAttributes(entry);
  if (entry.path === '') {
    if (entry.type !== 'directory') throw invalidArchive('The root of the archive is not a directory.');
    describeDirectory(tree, tree.root, attributes);
    return undefined;
  }
  // Refuses a path that is too long before half of it is made.
  const location = tree.location(entry.path);
  const parent = tree.enter(directory);
  if (entry.type === 'directory') {
    describeDirectory(tree, placeDirectory(tree, parent, name, attributes), attributes);
    return undefined;
  }
  parent.markOwn(name);
  const placing: Placing = { tree, entry, parent, name, location };
  if (entry.type === 'hardlink') return placeHardLink(placing, options);
  if (entry.type === 'file') return inPlaceOf(placing, () => placeFile(placing, attributes, options));
  return inPlaceOf(placing, () => placeSpecial(placing, attributes));
}

/** Makes something exclusively; only when the name is taken is the old thing looked at and removed. */
function inPlaceOf({ tree, parent, name }: Placing, make: () => Promise<void> | undefined): Promise<void> | undefined {
  try {
    return make();
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
  return tree.remove(parent, name).then(make);
}

function placeDirectory(
  tree: LayerTree,
  parent: DirectoryState,
  name: string,
  attributes: NodeAttributes,
): DirectoryState {
  try {
    return tree.makeDirectory(parent, name, attributes);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
  const found = tree.upperDirectory(parent, name);
  return found ?? tree.replaceByDirectory(parent, name, attributes);
}

function describeDirectory(tree: LayerTree, state: DirectoryState, attributes: NodeAttributes): void {
  const location = tree.location(state.path);
  if (!state.fresh || state.archived || state.touched) removeOtherXattrs(location, attributes.xattrs);
  setDirectoryAttributes(state, location, attributes);
  state.passesOnAcl = false;
  state.archived = true;
  state.markHolding();
}

function placeFile(
  { tree, entry, parent, location }: Placing,
  attributes: NodeAttributes,
  options: PlaceOptions,
): Promise<void> | undefined {
  const fd = createFile(location, tree.firstPermissions(attributes));
  const finish = (): void => {
    if (parent.passesOnAcl) removeInheritedAcl(location);
    setFileAttributes(fd, location, attributes);
  };
  const needsName = parent.passesOnAcl || attributes.xattrs.size > 0;
  return fillFile(fd, entry, { finish, later: !needsName }, options);
}

function placeSpecial({ entry, parent, location }: Placing, attributes: NodeAttributes): undefined {
  const { type } = entry;
  if (type === 'character' || type === 'block' || type === 'fifo') {
    if (type !== 'fifo' && entry.rdev === 0)
      throw invalidArchive(`${shown(entry.path)} is the device 0:0, which stands for a deletion.`);
    makeNode(location, TYPE_BITS[type] | 0o600, entry.rdev);
    if (parent.passesOnAcl) removeInheritedAcl(location);
  } else {
    makeSymlink(pathBytes(entry.linkTarget), location);
  }
  setNodeAttributes(location, attributes);
}

async function placeHardLink(placing: Placing, options: PlaceOptions): Promise<void> {
  const { tree, entry, location } = placing;
  const { path, linkTarget } = entry;
  if (path === linkTarget) throw invalidArchive(`The hard link ${shown(path)} is a link to itself.`);
  await provideTarget(tree, entry, options.signal);
  try {
    await inPlaceOf(placing, () => {
      makeHardLink(tree.location(linkTarget), location);
      return undefined;
    });
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
