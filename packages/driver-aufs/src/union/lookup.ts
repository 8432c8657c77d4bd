import { readXattrAt, statAt } from '@graphdriver/host';
import { BranchDirectory } from './branch-directory.ts';
import { lossOf } from './loss-records.ts';
import { NUMBER_XATTR } from './marks.ts';
import { addTo, DirectoryNode, FileNode, type UnionEntry, type UnionNode } from './nodes.ts';
import { noteNode } from './note-node.ts';
import { indexOf } from './read-index.ts';
import type { Union } from './union.ts';

/** The entry of a name that a directory shows, or `undefined`. */
export function entryOf(union: Union, directory: DirectoryNode, name: string): UnionEntry | undefined {
  return indexOf(union, directory).shown(name);
}

/**
 * Finds a name, counts a lookup of what has it, and has looked at it: what was seen is in the union's `status`.
 *
 * Costs one or two system calls, and none where there is no such name.
 */
export function lookup(union: Union, directory: DirectoryNode, name: string): UnionNode | undefined {
  const entry = entryOf(union, directory, name);
  if (entry === undefined) {
    union.trace.absent += 1;
    return undefined;
  }
  union.trace.found(union.branches.length - entry.branch);
  return counted(union, directory, entry);
}

/** The node of a shown entry, with one lookup more, and looked at. */
export function counted(union: Union, directory: DirectoryNode, entry: UnionEntry): UnionNode {
  const { node } = entry;
  if (node === undefined) return countedFirst(union, directory, entry);
  union.trace.known += 1;
  union.look(node);
  node.lookups += 1;
  return node;
}

/** A file was looked at as its node was made, unless the node was there and lies elsewhere. */
function countedFirst(union: Union, directory: DirectoryNode, entry: UnionEntry): UnionNode {
  const last = union.lastId;
  const node = madeNode(union, directory, entry);
  if (node.kind === 'file' && node.id > last) union.seen(node);
  else union.look(node);
  node.lookups += 1;
  return node;
}

/** The node of a shown entry, made where there is none. */
export function nodeOf(union: Union, directory: DirectoryNode, entry: UnionEntry): UnionNode {
  return entry.node ?? madeNode(union, directory, entry);
}

/** The inode number that an entry shows, whether there is a node of it or not. */
export function numberOf(union: Union, directory: DirectoryNode, entry: UnionEntry): number {
  if (entry.node !== undefined) return entry.node.ino;
  return keptNumber(union, directory, entry) ?? union.numberOf(entry.branch, entry.ino);
}

function madeNode(union: Union, directory: DirectoryNode, entry: UnionEntry): UnionNode {
  if (entry.parts !== null) return madeDirectory(union, directory, entry, entry.parts);
  const home = partIn(directory, entry.branch);
  statAt(union.fd(home), entry.name, union.status);
  const key = union.numberOf(entry.branch, entry.ino);
  const isLinked = union.status.links > 1;
  const known = isLinked ? union.linked.get(key) : undefined;
  if (known !== undefined) {
    union.addLink(known, directory, entry.name);
    // It lies under this name, too: what is kept open because no name was known can be let go of by whoever drops the node.
    entry.node = known;
    return known;
  }
  const number = keptNumber(union, directory, entry) ?? key;
  const node = new FileNode(union.idFor(directory, entry.name, number), number, entry.type, home, entry.name);
  if (isLinked) {
    addKey(union, node, key);
    node.lost = lossOf(union, entry.branch, key, union.status);
  }
  union.addLink(node, directory, entry.name);
  takeOver(union, node);
  union.enter(node);
  entry.node = node;
  return node;
}

/** Notes the number of an inode by which other names may lead to a node. */
export function addKey(union: Union, node: FileNode, key: number): void {
  if (!node.keys.includes(key)) node.keys = addTo(node.keys, key);
  union.linked.set(key, node);
}

/** A file that was open as another daemon died is so still. */
function takeOver(union: Union, node: FileNode): void {
  const place = union.book?.placeOf(node.id);
  if (place === undefined) return;
  // The kernel's own count is not known; it takes back all of it at once.
  node.lookups = 1;
  node.isRecalled = true;
  node.wasOpened = true;
  node.users = place.users;
  node.backing = place.backing;
  node.hasStaleCache = place.backing > 0;
}

function madeDirectory(
  union: Union,
  parent: DirectoryNode,
  entry: UnionEntry,
  parts: readonly BranchDirectory[],
): DirectoryNode {
  const number = keptNumber(union, parent, entry) ?? union.numberOf(entry.branch, entry.ino);
  const own = parts.map((part) => new BranchDirectory(part.branch, part, entry.name));
  const node = new DirectoryNode(union.idFor(parent, entry.name, number), number, parent, entry.name, own);
  parent.children += 1;
  if (union.book?.placeOf(node.id) === undefined) noteNode(union.book, node);
  else node.lookups = 1;
  union.enter(node);
  entry.node = node;
  return node;
}

/** The number that something kept when it was copied up. Only asked of the topmost branch: below, a layer's inodes are what they are. */
function keptNumber(union: Union, directory: DirectoryNode, entry: UnionEntry): number | undefined {
  if (entry.branch !== 0 || union.branches.length === 1) return undefined;
  const value = readXattrAt(union.fd(partIn(directory, 0)), entry.name, NUMBER_XATTR);
  if (value === undefined) return undefined;
  const number = Number(value.toString('latin1'));
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

/** The part of a directory that is in `branch`. */
export function partIn(directory: DirectoryNode, branch: number): BranchDirectory {
  const part = directory.parts.find((candidate) => candidate.branch === branch);
  if (part === undefined) throw new Error(`A directory has no part in branch ${branch}.`);
  return part;
}
