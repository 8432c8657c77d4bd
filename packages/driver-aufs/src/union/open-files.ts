import { fdatasync, fsync, readSync, writeSync } from 'node:fs';
import type { OpenAnswer, Session } from '@graphdriver/fuse';
import { copyRangeNow, faultPoint, isErrno, openAt, openQuietly, withoutPrivilege } from '@graphdriver/host';
import type { FileNode } from './nodes.ts';
import { noteNode } from './note-node.ts';
import type { Union } from './union.ts';

const O_RDONLY = 0;
const O_RDWR = 2;
const SET_IDS = 0o6000;
const WRITABLE_BY_OTHERS = 0o022;
const MOST_AT_ONCE = 8 << 20;

/** The descriptor that all share who have a file open; opened when it is first needed, for a listing opens many that nobody reads. */
export function contentOf(union: Union, node: FileNode): number {
  if (node.fd < 0) {
    const { fd, name } = union.spotOf(node);
    node.fd = union.isUpper(node) ? openAt(fd, name, O_RDWR) : openLower(fd, name);
  }
  return node.fd;
}

/**
 * Opens a file of a lower branch for reading, and leaves its access time as it is: to set it would be a write to the layer. Where the
 * kernel reads a file itself it goes by how the program has opened it.
 */
export function openLower(directory: number, name: string): number {
  return openQuietly((flags) => openAt(directory, name, flags), O_RDONLY);
}

/** Files of this size on are handed to the kernel; smaller ones are as fast from the page cache, and are often read again. */
const HANDED_OVER_FROM = 128 << 10;

/** What an open is for. */
export type Purpose = 'read' | 'write';

/**
 * One more has a file open. The first of them decides whether the kernel reads and writes it itself: large files, and those that are
 * written to. All others do as the first, for the kernel takes both ways of one file at a time for an error.
 */
export function openFile(union: Union, session: Session | undefined, node: FileNode, purpose: Purpose): OpenAnswer {
  // A write of anybody but root takes set-id bits away, which only we can do.
  const isWorth = purpose === 'write' ? (node.mode & SET_IDS) === 0 : node.size >= HANDED_OVER_FROM;
  if (node.users === 0) union.lingering.resume(node);
  if (node.users === 0 && node.backing === 0 && isWorth && session?.passthrough === true)
    handOver(union, session, node);
  if (node.users === 0 && node.backing === 0 && purpose === 'read') bring(union, session, node);
  node.wasOpened = true;
  node.users += 1;
  noteNode(union.book, node);
  if (node.backing > 0) {
    if (purpose === 'write') node.hasStaleCache = true;
    return { handle: node.id, backingId: node.backing, noFlush: true };
  }
  const keepCache = !node.hasStaleCache;
  node.hasStaleCache = false;
  return { handle: node.id, keepCache, noFlush: true };
}

function handOver(union: Union, session: Session, node: FileNode): void {
  try {
    const fd = contentOf(union, node);
    const open = (): number => session.openBacking(fd);
    // Of a file that gets set-id bits while it is open the kernel keeps them or not, whoever writes: as is right for who may write to it.
    const isRoots = node.uid === 0 && (node.mode & WRITABLE_BY_OTHERS) === 0;
    node.backing = isRoots ? open() : withoutPrivilege('fsetid', open);
  } catch (error) {
    // Files on a file system that is itself stacked, and kernels that cannot: we read and write them.
    if (!isErrno(error)) throw error;
  }
}

const content = Buffer.allocUnsafeSlow(HANDED_OVER_FROM);

/**
 * Gives the kernel the whole of a small file as it is opened for the first time: it need not ask for it, nor for the attributes that
 * reading makes it doubt. Half the requests of a tar.
 *
 * Only while nobody has the file open, and nobody wrote to it through this mount: then the kernel holds none of its pages, for which
 * this would wait.
 */
function bring(union: Union, session: Session | undefined, node: FileNode): void {
  if (session === undefined || node.wasOpened || node.size === 0 || node.size >= HANDED_OVER_FROM) return;
  const read = readFile(union, node, content, 0, node.size);
  if (read === node.size) session.notify.store(node.id, 0, content.subarray(0, read));
}

/** The kernel writes to the file itself, and a write may take set-id bits away: it must not believe the mode that it knows. */
export function mayLoseSetIds(node: FileNode): boolean {
  return node.users > 0 && node.backing > 0 && (node.mode & SET_IDS) !== 0;
}

/** One who had the file open has closed it. */
export function releaseFile(union: Union, node: FileNode): void {
  node.users = Math.max(0, node.users - 1);
  if (node.users > 0) return;
  union.book?.forget(node.id);
  if (mayLinger(union, node)) {
    union.lingering.keep(node);
    return;
  }
  union.lingering.close(node);
  node.showsLower = false;
  union.dropIfUnused(node);
}

/** A file that is being copied up will lie in the writable branch. */
function mayLinger(union: Union, node: FileNode): boolean {
  return node.backing > 0 && node.lookups > 0 && node.copying === undefined && !union.isUpper(node);
}

/** The kernel has forgotten the file: nobody can have it open, whatever was counted. */
export function releaseAll(union: Union, node: FileNode): void {
  if (node.users === 0) return;
  node.users = 1;
  releaseFile(union, node);
}

export function readFile(union: Union, node: FileNode, into: Buffer, offset: number, size: number): number {
  const fd = contentOf(union, node);
  let done = 0;
  while (done < size) {
    const read = readSync(fd, into, done, size - done, offset + done);
    if (read === 0) break;
    done += read;
  }
  return done;
}

export function writeFile(union: Union, node: FileNode, data: Buffer, offset: number): number {
  faultPoint('write');
  const fd = contentOf(union, node);
  let done = 0;
  while (done < data.length) {
    const written = writeSync(fd, data, done, data.length - done, offset + done);
    done += written;
  }
  return done;
}

/** Waits in another thread until a file is on the disk. */
export function syncFile(union: Union, node: FileNode, dataOnly: boolean): Promise<void> {
  const fd = contentOf(union, node);
  return new Promise((resolve, reject) => {
    const sync = dataOnly ? fdatasync : fsync;
    sync(fd, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** Copies a part of a range; the caller goes on where it ended. */
export function copyRange(
  union: Union,
  from: FileNode,
  fromOffset: number,
  to: FileNode,
  toOffset: number,
  length: number,
): number {
  const most = Math.min(length, MOST_AT_ONCE);
  return copyRangeNow(contentOf(union, from), fromOffset, contentOf(union, to), toOffset, most);
}
