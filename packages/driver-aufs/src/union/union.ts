import { closeSync } from 'node:fs';
import { errno } from '@graphdriver/fuse';
import { type CopyAbilities, copyAbilities, FileStatus, openAt, statAt } from '@graphdriver/host';
import { type BranchDirectory, Descriptors } from './branch-directory.ts';
import { CacheCount, type CacheLimit } from './cache-limit.ts';
import { LingeringFiles } from './lingering-files.ts';
import type { MountTrace } from './mount-trace.ts';
import type { NodeBook } from './node-book.ts';
import { addTo, DirectoryNode, FileNode, type LostNames, type UnionNode } from './nodes.ts';
import { noteNode } from './note-node.ts';

/** What a union is made of. */
export interface UnionOptions {
  /** Directories of the branches, top first. The first may be written to unless `readOnly`; nobody else may change any of them. */
  readonly branches: readonly string[];
  readonly readOnly: boolean;
  /** An empty directory on the file system of the first branch, for what is being made; `null` for a read-only union. */
  readonly work: string | null;
  /** What is copied up reaches the disk before it takes its place, so that a crash of the host leaves the old file or the whole copy. */
  readonly durableCopies: boolean;
  /** Who has a file of a lower branch open when it is first written keeps seeing it as it was, as on overlayfs; else all see the write. */
  readonly partsOpenFiles: boolean;
  /** Ids of nodes are greater than this. */
  readonly firstId?: number;
  /** What the next daemon is to know, should this one die; nothing unless told. */
  readonly book?: NodeBook;
  /** What turned out to work between the branches, shared by those who stack directories of one file system. */
  readonly abilities?: CopyAbilities;
  /** What is told of all that is remembered. */
  readonly limit?: CacheLimit;
  /** How many directories of branches are kept open. */
  readonly openDirectories?: number;
}

const DEFAULT_OPEN_DIRECTORIES = 1024;
/** Inode numbers of a branch have the bits below. */
const BRANCH_SPAN = 2 ** 40;
const ROOT_ID = 1;
const O_PATH = 0o10000000;

/** A directory that was renamed in a branch. */
export interface MovedDirectory {
  /** Where it is. */
  readonly path: string;
  /** What it goes on with, in the view that the branches below add up to. */
  readonly from: string;
}

/** The paths, in a branch, of all names of each file that has several there, by its inode number in the union. */
export type LinkGroups = ReadonlyMap<number, readonly string[]>;

/** Where a file is: an open directory and a name in it, or a descriptor and `''`. Filled anew by each call that answers with it. */
export interface Spot {
  fd: number;
  name: string;
}

/**
 * Several directories as one tree: the nodes that the kernel knows, and where their parts lie.
 *
 * This class finds things and keeps the books; what changes the tree is in the modules beside it.
 */
export class Union {
  readonly writable: boolean;
  readonly durableCopies: boolean;
  readonly partsOpenFiles: boolean;
  readonly descriptors: Descriptors;
  readonly branches: readonly BranchDirectory[];
  readonly work: BranchDirectory | undefined;
  readonly root: DirectoryNode;
  readonly nodes: Map<number, UnionNode> = new Map();
  /** Files of which more than one name was or may be seen, by the number of each of their inodes. */
  readonly linked: Map<number, FileNode> = new Map();
  /** What the last look told. Whoever needs it beyond the next look takes a copy. */
  readonly status: FileStatus = new FileStatus();
  readonly abilities: CopyAbilities;
  readonly trace: MountTrace;
  readonly book: NodeBook | undefined;
  readonly cached: CacheCount;
  readonly lingering: LingeringFiles = new LingeringFiles();
  /** Finds a node that another daemon knew; see `recall.ts`. */
  recall: (id: number) => UnionNode | undefined = () => undefined;
  /** By branch, once it was walked or is being walked; see `link-groups.ts` and `moved-directories.ts`. */
  readonly groups: Map<number, Promise<LinkGroups>> = new Map();
  readonly moved: Map<number, Promise<readonly MovedDirectory[]>> = new Map();
  /** How many directories were renamed. */
  moves = 0;
  /** Where branches say what files below have lost; `undefined` until it is asked. See `loss-records.ts`. */
  lossStores: readonly BranchDirectory[] | undefined;
  /** The name, in the work directory, of the file that whiteouts are further names of. */
  whiteoutBase: string | undefined;
  readonly #spot: Spot = { fd: -1, name: '' };
  #lastId: number;
  #lastTemporary = 0;

  constructor(options: UnionOptions, trace: MountTrace) {
    this.trace = trace;
    this.book = options.book;
    this.cached = new CacheCount(options.limit);
    this.abilities = options.abilities ?? copyAbilities();
    this.#lastId = Math.max(ROOT_ID, options.firstId ?? 0);
    this.writable = !options.readOnly;
    this.durableCopies = options.durableCopies;
    this.partsOpenFiles = options.partsOpenFiles;
    this.descriptors = new Descriptors(options.openDirectories ?? DEFAULT_OPEN_DIRECTORIES);
    this.branches = options.branches.map((path, branch) => this.descriptors.root(branch, path));
    this.work = options.work === null ? undefined : this.descriptors.root(0, options.work);
    const [top] = this.branches;
    if (top === undefined) throw new TypeError('A union has at least one branch.');
    // As a file system's root has it; the number of a directory of a layer would change with the layer.
    this.root = new DirectoryNode(ROOT_ID, ROOT_ID, null, '', [...this.branches]);
    this.root.lookups = 1;
    this.enter(this.root);
  }

  /** Knows a node from now on. */
  enter(node: UnionNode): void {
    this.nodes.set(node.id, node);
    this.cached.add(1);
  }

  /** A node id that was never used. */
  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** The id of what is found under a name for the first time: the one that another daemon gave it, if the kernel may have that. */
  idFor(parent: DirectoryNode, name: string, number: number): number {
    return this.book?.claim(parent.id, name, number) ?? this.nextId();
  }

  /** The newest of them. */
  get lastId(): number {
    return this.#lastId;
  }

  /** A name for something in the work directory. */
  temporaryName(): string {
    this.#lastTemporary += 1;
    return `${process.pid}.${this.#lastTemporary}`;
  }

  /** The number of an inode of a branch, counted from the bottom: it stays when layers are stacked on top. */
  numberOf(branch: number, ino: number): number {
    return (this.branches.length - branch) * BRANCH_SPAN + (ino % BRANCH_SPAN);
  }

  /** The branch of a {@link numberOf}. */
  branchOf(number: number): number {
    return this.branches.length - Math.floor(number / BRANCH_SPAN);
  }

  /** The node that the kernel calls `id`. @throws ESTALE */
  node(id: number): UnionNode {
    const node = this.nodes.get(id) ?? this.recall(id);
    if (node === undefined) throw errno('ESTALE');
    return node;
  }

  /** @throws ESTALE, ENOTDIR */
  directory(id: number): DirectoryNode {
    const node = this.node(id);
    if (node.kind !== 'directory') throw errno('ENOTDIR');
    return node;
  }

  /** @throws ESTALE, EISDIR */
  file(id: number): FileNode {
    const node = this.node(id);
    if (node.kind === 'directory') throw errno('EISDIR');
    return node;
  }

  fd(directory: BranchDirectory): number {
    return this.descriptors.of(directory);
  }

  /** The writable branch's directory of a node that has one. */
  upperOf(directory: DirectoryNode): BranchDirectory | undefined {
    const [top] = directory.parts;
    return this.writable && top?.branch === 0 ? top : undefined;
  }

  /** Tells whether a node lies in the writable branch. */
  isUpper(node: UnionNode): boolean {
    if (node.kind === 'directory') return this.upperOf(node) !== undefined;
    return this.writable && node.home.branch === 0;
  }

  /** Where a node's topmost part lies. */
  spotOf(node: UnionNode): Spot {
    const spot = this.#spot;
    if (node.kind === 'file') {
      spot.fd = node.pin >= 0 ? node.pin : this.fd(node.home);
      spot.name = node.pin >= 0 ? '' : node.homeName;
      return spot;
    }
    const [top] = node.parts;
    if (top === undefined) throw errno('ENOENT');
    spot.fd = this.fd(top.parent ?? top);
    spot.name = top.parent === null ? '' : top.name;
    return spot;
  }

  /** Looks at a node: what is seen is in {@link status}, with the union's inode number. */
  look(node: UnionNode): FileStatus {
    const { fd, name } = this.spotOf(node);
    statAt(fd, name, this.status);
    return this.seen(node);
  }

  /** The same where {@link status} has just been filled with what the node's own place says. */
  seen(node: UnionNode): FileStatus {
    this.status.ino = node.ino;
    // Some entries of it may be in other branches: 1 says, as on btrfs, that the links do not count subdirectories.
    if (node.kind === 'directory') this.status.links = node.removed ? 0 : 1;
    else {
      if (node.lost !== undefined && !this.isUpper(node)) subtract(this.status, node.lost);
      node.size = this.status.size;
      node.mode = this.status.mode;
      node.uid = this.status.uid;
    }
    return this.status;
  }

  /** Books a new file under one of its names. */
  addLink(node: FileNode, directory: DirectoryNode, name: string): void {
    node.links = addTo(node.links, { directory, name });
    directory.children += 1;
  }

  /** A file has lost one of its names. */
  removeLink(node: FileNode, directory: DirectoryNode, name: string): void {
    const at = node.links.findIndex((link) => link.directory === directory && link.name === name);
    if (at < 0) return;
    node.links.splice(at, 1);
    if (node.users > 0) noteNode(this.book, node);
    directory.children -= 1;
    this.dropIfUnused(directory);
  }

  /** Keeps hold of a file of the writable branch that is about to lose the name under which it lies. */
  keepWithout(node: FileNode, directory: DirectoryNode, name: string): void {
    if (node.pin >= 0 || !this.isUpper(node)) return;
    const upper = this.upperOf(directory);
    if (node.home !== upper || node.homeName !== name) return;
    for (const link of node.links) {
      const other = this.upperOf(link.directory);
      const isThis = link.directory === directory && link.name === name;
      if (isThis || other === undefined || link.directory.index?.get(link.name)?.branch !== 0) continue;
      node.home = other;
      node.homeName = link.name;
      return;
    }
    node.pin = openAt(this.fd(node.home), node.homeName, O_PATH);
  }

  /**
   * Gives a file's names to a node of its own: those who have the file open stay with the old one, and the kernel asks for the names again
   * where it is told ESTALE.
   */
  part(node: FileNode): void {
    const fresh = new FileNode(this.nextId(), node.ino, node.type, node.home, node.homeName);
    if (node.pin < 0) node.pin = openAt(this.fd(node.home), node.homeName, O_PATH);
    this.book?.forgetNow(node.id);
    fresh.links = node.links;
    fresh.keys = node.keys;
    node.links = [];
    node.keys = [];
    for (const key of fresh.keys) this.linked.set(key, fresh);
    for (const { directory, name } of fresh.links) {
      const entry = directory.index?.get(name);
      if (entry?.node === node) entry.node = fresh;
    }
    this.enter(fresh);
  }

  /** Forgets a node that nobody knows, nobody has open and nothing is below. */
  dropIfUnused(node: UnionNode): void {
    if (node.lookups > 0 || node === this.root || this.nodes.get(node.id) !== node) return;
    if (node.kind === 'directory') this.#dropDirectory(node);
    else if (node.users === 0 && node.copying === undefined) this.#dropFile(node);
  }

  /** Closes everything. */
  close(): void {
    for (const node of this.nodes.values()) {
      if (node.kind === 'directory') continue;
      if (node.fd >= 0) closeSync(node.fd);
      if (node.pin >= 0) closeSync(node.pin);
      node.fd = -1;
      node.pin = -1;
    }
    this.nodes.clear();
    this.cached.clear();
    this.linked.clear();
    this.descriptors.close();
  }

  #leave(node: UnionNode): void {
    this.nodes.delete(node.id);
    this.cached.add(-1);
    this.book?.forget(node.id);
  }

  #dropDirectory(node: DirectoryNode): void {
    if (node.children > 0) return;
    this.#leave(node);
    node.index?.drop();
    for (const part of node.parts) this.descriptors.release(part);
    const { parent } = node;
    if (parent === null) return;
    const entry = parent.index?.get(node.name);
    if (entry?.node === node) entry.node = undefined;
    parent.children -= 1;
    this.dropIfUnused(parent);
  }

  #dropFile(node: FileNode): void {
    this.#leave(node);
    for (const key of node.keys) if (this.linked.get(key) === node) this.linked.delete(key);
    this.lingering.end(node);
    if (node.fd >= 0) closeSync(node.fd);
    if (node.pin >= 0) closeSync(node.pin);
    for (const { directory, name } of node.links) {
      const entry = directory.index?.get(name);
      if (entry?.node === node) entry.node = undefined;
      directory.children -= 1;
      this.dropIfUnused(directory);
    }
  }
}

/** Takes from what an inode says what the union has taken from the file. */
function subtract(status: FileStatus, { names, seconds, nanoseconds }: LostNames): void {
  status.links = Math.max(0, status.links - names);
  if (seconds < status.ctime || (seconds === status.ctime && nanoseconds < status.ctimeNs)) return;
  status.ctime = seconds;
  status.ctimeNs = nanoseconds;
}
