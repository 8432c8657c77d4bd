import { closeSync, fsync, statfsSync } from 'node:fs';
import type {
  Absence,
  AllocateRequest,
  Answer,
  Attributes,
  AttributesAnswer,
  CopyRangeRequest,
  CreateAnswer,
  CreateRequest,
  DirectoryPlusWriter,
  DirectoryWriter,
  Entry,
  FileSystem,
  FilesystemStatistics,
  LinkRequest,
  MakeNodeRequest,
  MakeRequest,
  OpenAnswer,
  OpenRequest,
  ReadDirectoryRequest,
  ReadRequest,
  ReleaseRequest,
  RenameRequest,
  SeekRequest,
  Session,
  SetAttributesRequest,
  SetXattrRequest,
  SymlinkRequest,
  SyncRequest,
  WriteRequest,
} from '@graphdriver/fuse';
import { type Errno, errno } from '@graphdriver/fuse';
import { allocateRange, listXattrsAt, openAt, readLinkAt, readXattrAt, seekTo } from '@graphdriver/host';
import { addDots, DOTS } from './add-dots.ts';
import type { Asker, Sending } from './asker.ts';
import { copyUpFile } from './copy-up.ts';
import { copyUpDirectory } from './copy-up-directory.ts';
import { addName, type Creation, create, createNameless, createOpen } from './creation.ts';
import { counted, entryOf, lookup, numberOf } from './lookup.ts';
import { CAPABILITY, OWN_XATTRS } from './marks.ts';
import { rename } from './moving.ts';
import type { DirectoryNode, FileNode, UnionNode } from './nodes.ts';
import {
  contentOf,
  copyRange,
  mayLoseSetIds,
  openFile,
  readFile,
  releaseAll,
  releaseFile,
  syncFile,
  writeFile,
} from './open-files.ts';
import { indexOf } from './read-index.ts';
import { recall } from './recall.ts';
import { rmdir, unlink } from './removal.ts';
import { linkedBefore, madeBefore, movedBefore, removedBefore } from './resent.ts';
import { copyUpFor, dropSetIds, resize, setAttributes } from './set-attributes.ts';
import type { Union } from './union.ts';
import { changeXattr, type XattrChange } from './xattrs.ts';

const S_IFDIR = 0o040000;
const S_IFLNK = 0o120000;
const S_IFREG = 0o100000;
const ACCESS_MODE = 3;
const O_TRUNC = 0o1000;
const O_DIRECTORY = 0o200000;
const NAME_MAX = 255;
const FOR_ROOT = 'trusted.';
/** Nobody else changes the branches: what the kernel knows stays right. */
const FOREVER = 86_400;

/** A union as the kernel asks about it. */
export class UnionFileSystem implements FileSystem {
  readonly #union: Union;
  /** Given away anew for each answer: the server has encoded one before it asks for the next. */
  readonly #entry: {
    node: number;
    generation: number;
    attributes: Attributes;
    entryTimeout: number;
    attributeTimeout: number;
  };
  readonly #attributes: { attributes: Attributes; attributeTimeout: number };
  readonly #absence: Absence = { node: 0, entryTimeout: FOREVER };
  readonly #keepsPromises: boolean;
  #session: Session | undefined;

  /**
   * With `volatile` nothing is ever waited for that goes to the disk. `generation` is another one in each mount: who has kept a file handle
   * of an earlier one, an overlay on top for example, is never led to some other file by it.
   */
  constructor(union: Union, { volatile, generation }: { readonly volatile: boolean; readonly generation: number }) {
    this.#union = union;
    union.recall = (id) => recall(union, id);
    this.#keepsPromises = !volatile;
    const timeouts = { entryTimeout: FOREVER, attributeTimeout: FOREVER };
    this.#entry = { node: 0, generation, attributes: union.status, ...timeouts };
    this.#attributes = { attributes: union.status, attributeTimeout: FOREVER };
  }

  init(session: Session): void {
    this.#session = session;
    this.#union.lingering.closeBacking = (id) => session.closeBacking(id);
  }

  destroy(): void {
    this.#union.close();
  }

  lookup(parent: number, name: string): Entry | Absence {
    // The kernel lets four times as much through.
    if (name.length > NAME_MAX) throw errno('ENAMETOOLONG');
    const node = lookup(this.#union, this.#union.directory(parent), name);
    return node === undefined ? this.#absence : this.#entryOf(node);
  }

  forget(id: number, lookups: number): void {
    const node = this.#union.nodes.get(id);
    if (node === undefined) this.#union.book?.forget(id);
    if (node === undefined || node === this.#union.root) return;
    node.lookups -= lookups;
    if (node.kind === 'file' && node.isRecalled && node.lookups <= 0) releaseAll(this.#union, node);
    this.#union.dropIfUnused(node);
  }

  getattr(id: number): AttributesAnswer {
    return this.#attributesOf(this.#union.node(id));
  }

  setattr(id: number, request: SetAttributesRequest): Answer<AttributesAnswer> {
    const node = this.#union.node(id);
    const waiting = copyUpFor(this.#union, node, request);
    if (waiting !== undefined) return waiting.then(() => this.#changed(node, request));
    return this.#changed(node, request);
  }

  #changed(node: UnionNode, request: SetAttributesRequest): Answer<AttributesAnswer> {
    if (request.size !== undefined && node.kind === 'file' && this.#parted(node)) return errno('ESTALE');
    setAttributes(this.#union, node, request);
    return this.#attributesOf(node);
  }

  readlink(id: number): string {
    const { fd, name } = this.#union.spotOf(this.#union.file(id));
    return readLinkAt(fd, name);
  }

  mknod(parent: number, request: MakeNodeRequest, context: Asker): Entry {
    return this.#make(parent, request, context);
  }

  mkdir(parent: number, request: MakeRequest, context: Asker): Entry {
    return this.#make(parent, { ...request, mode: S_IFDIR | (request.mode & 0o7777) }, context);
  }

  symlink(parent: number, { name, target }: SymlinkRequest, context: Asker): Entry {
    return this.#make(parent, { name, target, mode: S_IFLNK | 0o777, umask: 0 }, context);
  }

  #make(parent: number, request: Omit<Creation, 'uid' | 'gid'>, { isResent, uid, gid }: Asker): Entry {
    const creation = { ...request, uid, gid };
    const directory = this.#changing(parent);
    const made = isResent ? madeBefore(this.#union, directory, creation) : undefined;
    return this.#counted(made ?? create(this.#union, directory, creation));
  }

  #counted(node: UnionNode): Entry {
    node.lookups += 1;
    return this.#entryOf(node);
  }

  /** A directory in which a name is about to change: should this be asked again, the next daemon has to know the directory. */
  #changing(id: number): DirectoryNode {
    this.#union.book?.settle(id);
    return this.#union.directory(id);
  }

  unlink(parent: number, name: string, { isResent }: Asker): void {
    const directory = this.#changing(parent);
    if (isResent && removedBefore(this.#union, directory, name)) return;
    unlink(this.#union, directory, name);
  }

  rmdir(parent: number, name: string, { isResent }: Asker): void {
    const directory = this.#changing(parent);
    if (isResent && removedBefore(this.#union, directory, name)) return;
    rmdir(this.#union, directory, name);
  }

  rename(parent: number, request: RenameRequest, context: Asker): Answer<void> {
    const { name, newName, noReplace, exchange, whiteout } = request;
    const [from, to] = [this.#changing(parent), this.#changing(request.newParent)];
    const move = { from, name, to, newName, noReplace, exchange, whiteout, request: context.id };
    if (context.isResent && movedBefore(this.#union, move)) return undefined;
    return rename(this.#union, move);
  }

  link(newParent: number, { node: id, newName }: LinkRequest, { isResent }: Asker): Answer<Entry> {
    const directory = this.#changing(newParent);
    const linked = isResent ? linkedBefore(this.#union, id, directory, newName) : undefined;
    if (linked !== undefined) return this.#counted(linked);
    const node = this.#union.node(id);
    if (entryOf(this.#union, directory, newName) !== undefined) throw errno('EEXIST');
    if (node.kind === 'directory') throw errno('EPERM');
    const done = (): Entry => {
      addName(this.#union, node, directory, newName);
      return this.#counted(node);
    };
    const waiting = copyUpFile(this.#union, node);
    return waiting === undefined ? done() : waiting.then(done);
  }

  open(id: number, { flags, killSuidGid }: OpenRequest): Answer<OpenAnswer> {
    const node = this.#union.file(id);
    const truncates = (flags & O_TRUNC) !== 0;
    const done = (): OpenAnswer | Errno => {
      if (this.#parted(node)) return errno('ESTALE');
      if (truncates) resize(this.#union, node, 0);
      if (killSuidGid) this.#dropSetIds(node);
      return openFile(this.#union, this.#session, node, 'write');
    };
    if ((flags & ACCESS_MODE) === 0 && !truncates) return openFile(this.#union, this.#session, node, 'read');
    const extent = truncates ? 'no-content' : 'all';
    const waiting = copyUpFile(this.#union, node, { extent, keepsOpen: true });
    return waiting === undefined ? done() : waiting.then(done);
  }

  /** Before the content of a file changes that somebody sees as it was: gives its names to another node. */
  #parted(node: FileNode): boolean {
    if (!node.showsLower) return false;
    this.#union.part(node);
    return true;
  }

  create(parent: number, request: CreateRequest, { isResent, uid, gid }: Asker): CreateAnswer {
    const { name, umask } = request;
    const creation = { name, mode: S_IFREG | (request.mode & 0o7777), umask, uid, gid };
    const directory = this.#changing(parent);
    const made = isResent ? madeBefore(this.#union, directory, creation) : undefined;
    return this.#created(made?.kind === 'file' ? made : createOpen(this.#union, directory, creation));
  }

  tmpfile(parent: number, request: CreateRequest, { uid, gid }: Asker): CreateAnswer {
    const creation = { ...request, mode: S_IFREG | (request.mode & 0o7777), uid, gid };
    return this.#created(createNameless(this.#union, this.#union.directory(parent), creation));
  }

  #created(node: FileNode): CreateAnswer {
    node.lookups += 1;
    return { entry: this.#entryOf(node), open: openFile(this.#union, this.#session, node, 'write') };
  }

  read(id: number, { offset, size, into }: ReadRequest): number {
    return readFile(this.#union, this.#union.file(id), into, offset, size);
  }

  write(id: number, { offset, data, killSuidGid }: WriteRequest): number {
    const node = this.#union.file(id);
    const written = writeFile(this.#union, node, data, offset);
    if (killSuidGid) this.#dropSetIds(node);
    return written;
  }

  /** The kernel forgets size and times after a write, and goes on believing the mode. */
  #dropSetIds(node: FileNode): void {
    if (dropSetIds(this.#union, node)) this.#session?.notify.inode(node.id, -1);
  }

  release(id: number, _request: ReleaseRequest): void {
    const node = this.#union.nodes.get(id) ?? this.#union.recall(id);
    if (node?.kind === 'file') releaseFile(this.#union, node);
  }

  fsync(id: number, { dataOnly }: SyncRequest): Answer<void> {
    const node = this.#union.file(id);
    if (!this.#keepsPromises || !this.#union.isUpper(node)) return undefined;
    return syncFile(this.#union, node, dataOnly);
  }

  async fsyncdir(id: number): Promise<void> {
    const upper = this.#union.upperOf(this.#union.directory(id));
    if (!this.#keepsPromises || upper === undefined) return;
    const fd = openAt(this.#union.fd(upper), '.', O_DIRECTORY);
    try {
      await new Promise<void>((resolve, reject) => fsync(fd, (error) => (error === null ? resolve() : reject(error))));
    } finally {
      closeSync(fd);
    }
  }

  fallocate(id: number, { mode, offset, length }: AllocateRequest): void {
    allocateRange(contentOf(this.#union, this.#union.file(id)), mode, offset, length);
  }

  lseek(id: number, { offset, whence }: SeekRequest): number {
    return seekTo(contentOf(this.#union, this.#union.file(id)), offset, whence);
  }

  copyFileRange(id: number, request: CopyRangeRequest): number {
    const [from, to] = [this.#union.file(id), this.#union.file(request.toNode)];
    return copyRange(this.#union, from, request.offset, to, request.toOffset, request.length);
  }

  readdir(id: number, { offset, entries }: ReadDirectoryRequest<DirectoryWriter>): void {
    const directory = this.#union.directory(id);
    if (!addDots(this.#union.root.ino, directory, offset, entries)) return;
    for (const entry of indexOf(this.#union, directory).after(offset - DOTS)) {
      if (!entries.fits(entry.name.length)) return;
      entries.add(entry.name, numberOf(this.#union, directory, entry), entry.type, entry.cookie + DOTS);
    }
  }

  readdirplus(id: number, { offset, entries }: ReadDirectoryRequest<DirectoryPlusWriter>): void {
    const directory = this.#union.directory(id);
    if (!addDots(this.#union.root.ino, directory, offset, entries)) return;
    for (const entry of indexOf(this.#union, directory).after(offset - DOTS)) {
      if (!entries.fits(entry.name.length)) return;
      const node = counted(this.#union, directory, entry);
      entries.addEntry(entry.name, this.#entryOf(node), entry.cookie + DOTS);
    }
  }

  statfs(): FilesystemStatistics {
    const [top] = this.#union.branches;
    const found = statfsSync(`/proc/self/fd/${top === undefined ? -1 : this.#union.fd(top)}`);
    return {
      blocks: found.blocks,
      freeBlocks: found.bfree,
      availableBlocks: found.bavail,
      files: found.files,
      freeFiles: found.ffree,
      blockSize: found.bsize,
      nameLength: NAME_MAX,
    };
  }

  setxattr(id: number, request: SetXattrRequest, context: Asker): Answer<void> {
    return this.#changeXattr(id, request, context);
  }

  removexattr(id: number, name: string, context: Asker): Answer<void> {
    return this.#changeXattr(id, { name }, context);
  }

  #changeXattr(id: number, change: XattrChange, sending: Sending): Answer<void> {
    const node = this.#union.node(id);
    if (change.name.startsWith(OWN_XATTRS)) throw errno('EPERM');
    const waiting = node.kind === 'file' ? copyUpFile(this.#union, node) : undefined;
    if (waiting !== undefined) return waiting.then(() => changeXattr(this.#union, node, change, sending));
    if (node.kind === 'directory') copyUpDirectory(this.#union, node);
    return changeXattr(this.#union, node, change, sending);
  }

  getxattr(id: number, attribute: string): Answer<Uint8Array> {
    if (attribute.startsWith(OWN_XATTRS)) return errno('ENODATA');
    const node = this.#union.node(id);
    const isCapability = node.kind === 'file' && attribute === CAPABILITY;
    if (isCapability && node.lacksCapability) return errno('ENODATA');
    const { fd, name } = this.#union.spotOf(node);
    const value = readXattrAt(fd, name, attribute);
    if (isCapability) node.lacksCapability = value === undefined;
    return value ?? errno('ENODATA');
  }

  /** What is root's alone nobody else sees listed: the kernel takes it out of no list but that of a file system of its own. */
  listxattr(id: number, { uid }: Pick<Asker, 'uid'>): readonly string[] {
    const { fd, name } = this.#union.spotOf(this.#union.node(id));
    const hidden = uid === 0 ? OWN_XATTRS : FOR_ROOT;
    return listXattrsAt(fd, name).filter((attribute) => !attribute.startsWith(hidden));
  }

  #attributesOf(node: UnionNode): AttributesAnswer {
    this.#union.look(node);
    this.#attributes.attributeTimeout = lifeOf(node);
    return this.#attributes;
  }

  #entryOf(node: UnionNode): Entry {
    this.#entry.node = node.id;
    this.#entry.attributeTimeout = lifeOf(node);
    return this.#entry;
  }
}

/** For how many seconds the kernel may believe a node's attributes. */
function lifeOf(node: UnionNode): number {
  return node.kind === 'file' && mayLoseSetIds(node) ? 0 : FOREVER;
}
