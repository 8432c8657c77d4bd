import { closeSync, fdatasync } from 'node:fs';
import type { CopyUpRecord } from '@graphdriver/core';
import {
  copyFileData,
  copyFileDataNow,
  FileStatus,
  isErrno,
  makeNodeAt,
  makeSymlinkAt,
  openAt,
  readLinkAt,
  renameAt,
  unlinkAt,
} from '@graphdriver/host';
import { copyUpDirectory, workOf } from './copy-up-directory.ts';
import { joinGroup, namesOf } from './link-groups.ts';
import { CAPABILITY } from './marks.ts';
import { copyMetadata, unnoticed } from './metadata.ts';
import { type FileNode, pathIn, TYPE } from './nodes.ts';
import { contentOf, openLower } from './open-files.ts';
import type { Union } from './union.ts';

const O_RDWR = 2;
const O_CREAT = 0o100;
const O_EXCL = 0o200;

/** Options of {@link copyUpFile}. */
export interface CopyUpOptions {
  /** What of a file is to be copied: not its content where that is about to be thrown away. `all` unless told. */
  readonly extent?: 'all' | 'no-content';
  /** The file is about to be opened for writing: the node keeps the copy's descriptor. */
  readonly keepsOpen?: boolean;
}

/**
 * Copies a file to the writable branch, unless it is there. Answers nothing where that is done already, and a promise where it goes on
 * in another thread: then everything may have changed meanwhile, and the caller looks anew.
 *
 * The copy is made aside, whole and with all that the file has, reaches the disk where copies are to be durable, and is then renamed
 * into place: a crash at any moment leaves the old file or the whole copy.
 */
export function copyUpFile(union: Union, node: FileNode, options: CopyUpOptions = {}): Promise<void> | undefined {
  if (union.isUpper(node)) return undefined;
  if (node.copying !== undefined) return node.copying;
  const running = startCopy(union, node, options);
  if (running === undefined) return undefined;
  node.copying = running.finally(() => {
    node.copying = undefined;
    union.dropIfUnused(node);
  });
  return node.copying;
}

/** A copy on its way: the source's facts, the descriptors, and how long things took. */
interface Copy {
  readonly node: FileNode;
  readonly status: FileStatus;
  readonly temporary: string;
  readonly keepsOpen: boolean;
  /** -1 for what is no regular file, and once it is closed or belongs to the node. */
  to: number;
  from: number;
  manner: CopyUpRecord['manner'];
  readonly path: string;
  readonly layer: number;
  readonly began: number;
  readonly found: number;
  /** Milliseconds that {@link dress} and {@link makeWay} took. */
  dressing: number;
  makingWay: number;
  /** The copy's inode number, once it is dressed. */
  ino: number;
}

function startCopy(union: Union, node: FileNode, options: CopyUpOptions): Promise<void> | undefined {
  const began = performance.now();
  union.lingering.end(node);
  const copy = prepare(union, node, options, began);
  try {
    const isDone = copyAtOnce(union, copy);
    const waits = !isDone || isToBeSynced(union, copy) || copy.status.links > 1;
    if (waits) return finishLater(union, copy, isDone);
    dress(union, copy);
    makeWay(union, copy);
    finish(union, copy, []);
  } catch (error) {
    abandon(union, copy);
    throw error;
  }
  return undefined;
}

function prepare(union: Union, node: FileNode, options: CopyUpOptions, began: number): Copy {
  const { extent = 'all', keepsOpen = false } = options;
  const work = workOf(union);
  const temporary = union.temporaryName();
  const { fd, name } = union.spotOf(node);
  const status = Object.assign(new FileStatus(), union.look(node));
  let [from, to] = [-1, -1];
  if (node.type === TYPE.file) {
    to = openAt(union.fd(work), temporary, O_RDWR | O_CREAT | O_EXCL, status.mode & 0o777);
    if (extent === 'all' && status.size > 0) from = sourceOf(union, fd, name, to, temporary);
  } else if (node.type === TYPE.symlink) makeSymlinkAt(readLinkAt(fd, name), union.fd(work), temporary);
  else makeNodeAt(union.fd(work), temporary, status.mode, status.rdev);
  const layer = union.branches.length - node.home.branch;
  const manner = from < 0 ? 'no-content' : 'copied';
  const found = performance.now();
  const path = pathOf(node);
  const undressed = { dressing: 0, makingWay: 0, ino: 0 };
  return { node, status, temporary, keepsOpen, to, from, manner, path, layer, began, found, ...undressed };
}

function sourceOf(union: Union, fd: number, name: string, to: number, temporary: string): number {
  try {
    return openLower(fd, name);
  } catch (error) {
    closeSync(to);
    unlinkAt(union.fd(workOf(union)), temporary);
    throw error;
  }
}

/** Small files, and those whose blocks can be shared, take no longer than a lookup. */
function copyAtOnce(union: Union, copy: Copy): boolean {
  if (copy.from < 0) return true;
  const { size, blocks } = copy.status;
  const options = { abilities: union.abilities, sends: union.durableCopies };
  const manner = copyFileDataNow(copy.from, copy.to, { size, allocated: blocks * 512 }, options);
  copy.manner = manner ?? copy.manner;
  return manner !== undefined;
}

/**
 * What shares its blocks needs no wait for the disk: the file system writes the shared content back first, and orders the sharing before
 * the rename. The kernel's overlay does not wait either.
 */
function isToBeSynced(union: Union, { to, manner }: Copy): boolean {
  return union.durableCopies && to >= 0 && manner !== 'cloned';
}

async function finishLater(union: Union, copy: Copy, isCopied: boolean): Promise<void> {
  try {
    if (!isCopied) {
      copy.manner = await copyFileData(copy.from, copy.to, copy.status.size, { abilities: union.abilities });
    }
    const syncing = isToBeSynced(union, copy) ? synced(copy.to) : undefined;
    try {
      dress(union, copy);
      makeWay(union, copy);
    } finally {
      await syncing;
    }
    const names = copy.status.links > 1 ? await namesOf(union, copy.node) : [];
    finish(union, copy, names);
  } catch (error) {
    abandon(union, copy);
    throw error;
  }
}

/** The copy has its content: gives it everything else that the file has. */
function dress(union: Union, copy: Copy): void {
  const began = performance.now();
  const { node, temporary, status } = copy;
  // Where there are descriptors no name has to be looked up.
  const from = copy.from >= 0 ? { fd: copy.from, name: '' } : { ...union.spotOf(node) };
  const to = copy.to >= 0 ? { fd: copy.to, name: '' } : { fd: union.fd(workOf(union)), name: temporary };
  const { names: attributes, ino } = copyMetadata(from, status, to, node.ino);
  node.lacksCapability = !attributes.includes(CAPABILITY);
  copy.ino = ino;
  if (copy.from >= 0) closeSync(copy.from);
  copy.from = -1;
  copy.dressing = performance.now() - began;
}

/** Makes the directories above, while a copy that has to be on the disk is on its way there. */
function makeWay(union: Union, copy: Copy): void {
  const began = performance.now();
  for (const { directory } of copy.node.links.slice(0, 1)) copyUpDirectory(union, directory);
  copy.makingWay = performance.now() - began;
}

/** The copy is whole, and on the disk where it has to be: puts it in its place. */
function finish(union: Union, copy: Copy, names: readonly string[]): void {
  const { node, temporary, status, ino } = copy;
  const whole = performance.now();
  if (union.partsOpenFiles && node.users > 0 && copy.to >= 0) {
    contentOf(union, node);
    node.showsLower = true;
    union.book?.forgetNow(node.id);
  }
  if (status.links > 1) joinGroup(union, node, temporary, names, ino);
  else place(union, node, temporary, ino);
  adopt(union, copy);
  const ended = performance.now();
  union.trace.copied({
    at: Date.now(),
    path: copy.path,
    size: copy.manner === 'no-content' ? 0 : status.size,
    layer: copy.layer,
    manner: copy.manner,
    search: copy.found - copy.began + copy.makingWay,
    copy: whole - copy.found - copy.dressing - copy.makingWay,
    metadata: copy.dressing + ended - whole,
  });
}

/** Renames the copy to the one name that the file has, if it still has it. */
function place(union: Union, node: FileNode, temporary: string, ino: number): void {
  const work = workOf(union);
  const [link] = node.links;
  if (link === undefined) return;
  const upper = copyUpDirectory(union, link.directory);
  unnoticed(union, upper, (fd) => renameAt(union.fd(work), temporary, fd, link.name));
  node.home = upper;
  node.homeName = link.name;
  const entry = link.directory.index?.get(link.name);
  if (entry !== undefined) Object.assign(entry, { branch: 0, ino, hasLower: true });
}

/** From now on all who have the file open, for reading too, have the copy. */
function adopt(union: Union, copy: Copy): void {
  const { node, temporary } = copy;
  if (node.links.length === 0) {
    const work = workOf(union);
    node.pin = openAt(union.fd(work), temporary, O_PATH);
    unlinkAt(union.fd(work), temporary);
    node.home = work;
  }
  if (copy.to < 0) return;
  if (node.showsLower || (node.users === 0 && !copy.keepsOpen)) closeSync(copy.to);
  else {
    if (node.fd >= 0) closeSync(node.fd);
    node.fd = copy.to;
  }
  copy.to = -1;
}

const O_PATH = 0o10000000;

/** A copy that failed leaves nothing. */
function abandon(union: Union, copy: Copy): void {
  for (const fd of [copy.from, copy.to]) if (fd >= 0) closeSync(fd);
  copy.from = -1;
  copy.to = -1;
  try {
    unlinkAt(union.fd(workOf(union)), copy.temporary);
  } catch (error) {
    // It has its place already where the failure came late.
    if (!isErrno(error)) throw error;
  }
}

function synced(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fdatasync(fd, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** Where a file is in the union, for people. */
export function pathOf(node: FileNode): string {
  const [link] = node.links;
  return link === undefined ? '' : pathIn(link.directory, link.name);
}
