import { closeSync, constants, ftruncateSync, lstatSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import {
  changeMode,
  changeOwner,
  isErrno,
  listXattrs,
  makeDirectory,
  makedev,
  makeHardLink,
  makeNode,
  makeSymlink,
  removeXattr,
  renameFile,
  setTimes,
  writeXattr,
} from '@graphdriver/host';
import fc from 'fast-check';

/** One change to a tree. The numbers pick among what the tree has when its turn comes, so that any sequence can be shrunk. */
export interface Edit {
  readonly what: (typeof KINDS)[number];
  readonly target: number;
  readonly directory: number;
  readonly name: number;
  readonly value: number;
}

// Siblings that byte order puts on both sides of a directory's content, bytes that are no UTF-8, and the longest name there is.
const NAMES = ['a', 'a!', 'a-b', 'b', 'B', 'c d', 'dir', 'x\xff\xe9', 'n\n', `${'l'.repeat(254)}x`];

const KINDS = [
  'file',
  'file',
  'forge',
  'append',
  'chmod',
  'chown',
  'touch',
  'xattr',
  'unxattr',
  'remove',
  'remove',
  'directory',
  'directory',
  'move',
  'move',
  'link',
  'symlink',
  'fifo',
  'device',
  'socket',
  'sparse',
] as const;

/** Sequences of edits. */
export function edits(maxLength: number): fc.Arbitrary<Edit[]> {
  const edit = fc.record({
    what: fc.constantFrom(...KINDS),
    target: fc.nat(1000),
    directory: fc.nat(1000),
    name: fc.nat(NAMES.length - 1),
    value: fc.nat(255),
  });
  return fc.array(edit, { maxLength });
}

let written = 0;

/** Makes the changes in the directory `root`. What the file system refuses is left out. */
export function applyEdits(root: string, sequence: readonly Edit[]): void {
  for (const edit of sequence) {
    const { directories, others } = contentOf(root);
    const directory = directories[edit.directory % directories.length] ?? root;
    const place = Buffer.from(`${directory}/${NAMES[edit.name] ?? 'a'}`, 'latin1');
    const existing = [...directories.slice(1), ...others];
    const target = existing.length === 0 ? undefined : existing[edit.target % existing.length];
    try {
      if (target === undefined) make(edit, place, Buffer.from(root, 'latin1'));
      else change(edit, place, Buffer.from(target, 'latin1'));
    } catch (error) {
      if (!isErrno(error)) throw error;
    }
  }
}

function contentOf(root: string): { directories: string[]; others: string[] } {
  const directories = [root];
  const others: string[] = [];
  for (const directory of directories) {
    for (const entry of readdirSync(Buffer.from(directory, 'latin1'), { withFileTypes: true, encoding: 'buffer' })) {
      const path = `${directory}/${entry.name.toString('latin1')}`;
      (entry.isDirectory() ? directories : others).push(path);
    }
  }
  directories.sort();
  others.sort();
  return { directories, others };
}

function make({ what, value }: Edit, place: Buffer, target: Buffer): void {
  if (what === 'file') writeFile(place, `${written++} `.repeat(value % 7), constants.O_EXCL);
  else if (what === 'directory') makeDirectory(place, 0o700 | value);
  else if (what === 'symlink') makeSymlink(target.subarray(0, 40), place);
  else if (what === 'fifo') makeNode(place, constants.S_IFIFO | 0o600, 0);
  else if (what === 'socket') makeNode(place, constants.S_IFSOCK | 0o600, 0);
  else if (what === 'device')
    makeNode(place, (value % 2 === 0 ? constants.S_IFCHR : constants.S_IFBLK) | 0o640, makedev(7, 1 + value));
  else if (what === 'sparse') makeSparse(place, value);
}

function change(edit: Edit, place: Buffer, target: Buffer): void {
  const { what, value } = edit;
  if (what === 'forge') forge(target);
  else if (what === 'append') writeFile(target, `more ${written++}`, constants.O_APPEND);
  else if (what === 'chmod') changeMode(target, (value * 37) % 0o10000);
  else if (what === 'chown') changeOwner(target, value % 3, value % 5);
  else if (what === 'touch') setTimes(target, { mtime: BigInt(value) * 1_000_000_007n });
  else if (what === 'xattr') writeXattr(target, `trusted.x${value % 3}`, Buffer.from([value, 0, 10, 255]));
  else if (what === 'unxattr') for (const name of listXattrs(target)) removeXattr(target, name);
  else if (what === 'remove') rmSync(target, { recursive: true, force: true });
  else if (what === 'move') renameFile(target, place);
  else if (what === 'link') makeHardLink(target, place);
  else make(edit, place, target);
}

/** Writes as many other bytes, and sets the time back: what only content or ctime can tell. */
function forge(target: Buffer): void {
  const stats = lstatSync(target, { bigint: true });
  if (!stats.isFile() || stats.size === 0n || stats.size > 1000n) return;
  writeFile(target, `${written++} `.repeat(1000).slice(0, Number(stats.size)), 0);
  setTimes(target, { mtime: stats.mtimeNs });
}

function writeFile(path: Buffer, content: string, flags: number): void {
  const create = flags === constants.O_EXCL ? constants.O_CREAT : 0;
  const fd = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | create | flags, 0o644);
  try {
    writeSync(fd, content);
  } finally {
    closeSync(fd);
  }
}

function makeSparse(path: Buffer, value: number): void {
  const fd = openSync(path, 'wx');
  try {
    ftruncateSync(fd, 300_000 + value);
    for (const block of [0, 20, 21, 70])
      if ((value >> (block % 8)) % 2 === 1) writeSync(fd, Buffer.alloc(4096, 1 + (value % 250)), 0, 4096, block * 4096);
  } finally {
    closeSync(fd);
  }
}
