import { closeSync } from 'node:fs';
import { errno } from '@graphdriver/fuse';
import {
  changeModeAt,
  changeOwnerAt,
  FileStatus,
  makeDirectoryAt,
  makeHardLinkAt,
  makeNodeAt,
  makeSymlinkAt,
  openAt,
  readXattrAt,
  removeDirectoryAt,
  statAt,
  unlinkAt,
} from '@graphdriver/host';
import { BranchDirectory } from './branch-directory.ts';
import { copyUpDirectory } from './copy-up-directory.ts';
import { DirectoryIndex } from './directory-index.ts';
import { addKey } from './lookup.ts';
import { isMark } from './marks.ts';
import {
  DirectoryNode,
  FileNode,
  TYPE,
  typeOfMode,
  type UnionEntry,
  type UnionIndex,
  type UnionNode,
} from './nodes.ts';
import { noteNode } from './note-node.ts';
import { indexOf } from './read-index.ts';
import type { Union } from './union.ts';
import { makeOpaque, removeWhiteout } from './whiteouts.ts';

const S_ISGID = 0o2000;
const SET_IDS = 0o6000;
const O_RDWR = 2;
const O_CREAT = 0o100;
const O_EXCL = 0o200;
const O_TMPFILE = 0o20200000;
const DEFAULT_ACL = 'system.posix_acl_default';

/** Something to be made. */
export interface Creation {
  readonly name: string;
  /** With type bits. */
  readonly mode: number;
  /** Taken from `mode` unless the directory has a default ACL, which then says more. */
  readonly umask: number;
  readonly uid: number;
  readonly gid: number;
  /** Of a device. */
  readonly rdev?: number;
  /** Of a symbolic link. */
  readonly target?: string;
}

/** Where a new name is about to be made. */
interface Site {
  readonly directory: DirectoryNode;
  readonly upper: BranchDirectory;
  readonly index: UnionIndex;
  /** What is known of the name so far, which shows nothing. */
  readonly entry: UnionEntry;
}

/**
 * Makes anything, and looks at it: what was seen is in the union's `status`. Counts no lookup.
 *
 * @throws EEXIST, EROFS, ENOENT in a directory that was removed, EPERM for a name that is a mark
 */
export function create(union: Union, directory: DirectoryNode, creation: Creation): UnionNode {
  const site = siteFor(union, directory, creation.name);
  const fd = union.fd(site.upper);
  make(union, site, creation, fd);
  return finishMaking(union, site, creation);
}

/** Makes a regular file and opens it for reading and writing: the node has the descriptor. */
export function createOpen(union: Union, directory: DirectoryNode, creation: Creation): FileNode {
  const site = siteFor(union, directory, creation.name);
  const mode = modeOf(union, site.directory, creation);
  const opened = openAt(union.fd(site.upper), creation.name, O_RDWR | O_CREAT | O_EXCL, mode & 0o7777);
  let node: UnionNode;
  try {
    node = finishMaking(union, site, creation);
  } catch (error) {
    closeSync(opened);
    throw error;
  }
  if (node.kind === 'directory') throw new Error('A regular file was made and is a directory.');
  node.fd = opened;
  return node;
}

/** Makes a file without a name, open for reading and writing, that `link` may give one. @throws EOPNOTSUPP, EROFS */
export function createNameless(union: Union, directory: DirectoryNode, creation: Creation): FileNode {
  if (directory.removed) throw errno('ENOENT');
  const upper = copyUpDirectory(union, directory);
  const mode = modeOf(union, directory, creation) & 0o7777;
  const fd = openAt(union.fd(upper), '.', O_TMPFILE | O_RDWR, mode);
  try {
    own(union, upper, fd, '', creation, mode);
    statAt(fd, '', union.status);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  const number = union.numberOf(0, union.status.ino);
  const node = new FileNode(union.nextId(), number, TYPE.file, upper, '');
  node.mode = union.status.mode;
  node.uid = union.status.uid;
  node.pin = openAt(fd, '', O_PATH);
  node.fd = fd;
  union.enter(node);
  union.status.ino = number;
  return node;
}

const O_PATH = 0o10000000;

/** Gives a file of the writable branch one more name, and looks at it. @throws EEXIST, ENOENT for a file that has no name left */
export function addName(union: Union, node: FileNode, directory: DirectoryNode, name: string): void {
  const site = siteFor(union, directory, name);
  const { fd, name: from } = union.spotOf(node);
  const source = node.pin >= 0 && from === '' ? node.pin : fd;
  makeHardLinkAt(source, from, union.fd(site.upper), name);
  removeWhiteout(union, site.upper, site.entry);
  if (node.pin >= 0) {
    closeSync(node.pin);
    node.pin = -1;
    node.home = site.upper;
    node.homeName = name;
  }
  union.addLink(node, directory, name);
  statAt(union.fd(site.upper), name, union.status);
  enter(site, { type: node.type, ino: union.status.ino, parts: null, node });
  addKey(union, node, union.numberOf(0, union.status.ino));
  union.status.ino = node.ino;
}

/** @throws what forbids making something of this name here */
function siteFor(union: Union, directory: DirectoryNode, name: string): Site {
  if (directory.removed) throw errno('ENOENT');
  if (isMark(name)) throw errno('EPERM');
  const index = indexOf(union, directory);
  const known = index.get(name);
  if (known !== undefined && known.branch >= 0) throw errno('EEXIST');
  const upper = copyUpDirectory(union, directory);
  return { directory, upper, index, entry: known ?? freshEntry(name) };
}

/** What is known of a name that was nowhere. */
export function freshEntry(name: string): UnionEntry {
  return {
    name,
    branch: -1,
    type: 0,
    ino: 0,
    parts: null,
    hasLower: false,
    whiteout: false,
    node: undefined,
    cookie: 0,
  };
}

function make(union: Union, site: Site, creation: Creation, fd: number): void {
  const { name } = creation;
  const mode = modeOf(union, site.directory, creation);
  switch (typeOfMode(creation.mode)) {
    case TYPE.directory:
      makeDirectoryAt(fd, name, mode & 0o7777);
      return;
    case TYPE.symlink:
      makeSymlinkAt(creation.target ?? '', fd, name);
      return;
    default:
      makeNodeAt(fd, name, mode, creation.rdev ?? 0);
  }
}

function finishMaking(union: Union, site: Site, creation: Creation): UnionNode {
  const { directory, upper, entry } = site;
  const { name } = creation;
  const type = typeOfMode(creation.mode);
  try {
    complete(union, directory, entry, creation);
    statAt(union.fd(upper), name, union.status);
  } catch (error) {
    if (type === TYPE.directory) removeDirectoryAt(union.fd(upper), name);
    else unlinkAt(union.fd(upper), name);
    throw error;
  }
  const { ino } = union.status;
  const number = union.numberOf(0, ino);
  const node = newNode(union, site, type, number);
  enter(site, { type, ino, parts: type === TYPE.directory ? [upper] : null, node });
  if (node.kind === 'file') {
    node.mode = union.status.mode;
    node.uid = union.status.uid;
    node.lacksCapability = true;
    union.addLink(node, directory, name);
  } else {
    directory.children += 1;
    noteNode(union.book, node);
  }
  union.enter(node);
  union.status.ino = number;
  if (node.kind === 'directory') union.status.links = 1;
  return node;
}

/** Gives what was just made all that it has to have, and shows it. May be done again. */
export function complete(union: Union, directory: DirectoryNode, entry: UnionEntry, creation: Creation): void {
  const upper = copyUpDirectory(union, directory);
  own(union, upper, union.fd(upper), entry.name, creation, modeOf(union, directory, creation));
  // Beside its whiteout a directory hides as much as an opaque one: at no moment anything shows through.
  const isDirectory = typeOfMode(creation.mode) === TYPE.directory;
  if (isDirectory && entry.hasLower) makeOpaque(union, new BranchDirectory(0, upper, entry.name));
  removeWhiteout(union, upper, entry);
}

function newNode(union: Union, { directory, upper, entry }: Site, type: number, number: number): UnionNode {
  if (type !== TYPE.directory) return new FileNode(union.nextId(), number, type, upper, entry.name);
  const part = new BranchDirectory(0, upper, entry.name);
  const node = new DirectoryNode(union.nextId(), number, directory, entry.name, [part]);
  node.index = new DirectoryIndex(union.cached);
  return node;
}

/** Books that the name is shown, from the writable branch. */
function enter(site: Site, what: Pick<UnionEntry, 'type' | 'ino' | 'parts' | 'node'>): void {
  const { entry, index } = site;
  // One by one: this is done for every file that is made, and V8 takes a generic copy slowly.
  entry.type = what.type;
  entry.ino = what.ino;
  entry.parts = what.parts;
  entry.node = what.node;
  entry.branch = 0;
  index.put(entry);
  index.list(entry);
}

function modeOf(union: Union, directory: DirectoryNode, creation: Creation): number {
  return hasDefaultAcl(union, directory) ? creation.mode : creation.mode & ~creation.umask;
}

/** Asked once per directory, until its attributes change. */
function hasDefaultAcl(union: Union, directory: DirectoryNode): boolean {
  if (directory.hasDefaultAcl === undefined) {
    const { fd, name } = union.spotOf(directory);
    directory.hasDefaultAcl = readXattrAt(fd, name, DEFAULT_ACL) !== undefined;
  }
  return directory.hasDefaultAcl;
}

const parentStatus = new FileStatus();

/** Gives something new to who makes it. In a directory with the set-group-id bit the group is the directory's, which the kernel saw to. */
function own(union: Union, upper: BranchDirectory, fd: number, name: string, creation: Creation, mode: number): void {
  if (creation.uid === 0 && creation.gid === 0) return;
  statAt(union.fd(upper), '', parentStatus);
  const group = (parentStatus.mode & S_ISGID) !== 0 ? -1 : creation.gid;
  changeOwnerAt(fd, name, creation.uid, group);
  // A change of owner takes them away; what a default ACL made of the other bits is left alone.
  const isDirectory = typeOfMode(creation.mode) === TYPE.directory;
  if (!isDirectory && (mode & SET_IDS) !== 0) changeModeAt(fd, name, mode & 0o7777);
}
