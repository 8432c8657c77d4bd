import { createHash } from 'node:crypto';
import {
  type BigIntStats,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { listXattrs, readXattr } from '@graphdriver/host';
import { bytePath } from '../staging/byte-path.ts';

/** What kind of thing a name stands for. */
export type FactType = 'file' | 'directory' | 'symlink' | 'character' | 'block' | 'fifo' | 'socket';

const EMPTY = Buffer.alloc(1 << 17);

/** Everything about one file that a layer has to keep, in a form that can be compared and printed. */
export interface FileFacts {
  readonly type: FactType;
  /** Permission bits with set-id and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of a regular file; 0 for the rest, whose size is the file system's own affair. */
  readonly size: number;
  /** Nanoseconds since 1970; 0 for the root directory, whose time is no part of a layer. */
  readonly mtime: bigint;
  /** Device number of a device; 0 otherwise. */
  readonly rdev: number;
  /** What a symbolic link says, one character per byte. */
  readonly target: string;
  /** Extended attributes: name to value in hexadecimal. */
  readonly xattrs: Readonly<Record<string, string>>;
  /** SHA-256 of a regular file's content. */
  readonly content: string;
  /** Bytes that the file system has allocated; compared only where holes are asked for. */
  readonly allocated: number;
  /** The names, this one included, that are the same file inside this tree. */
  readonly names: readonly string[];
}

/** A whole tree at one moment: path (one character per byte, the root is `''`) to facts, in byte order. */
export type TreeSnapshot = ReadonlyMap<string, FileFacts>;

/**
 * Reads everything about the tree at `root`, links never followed.
 *
 * Shares no code with the archive package, so that a fault there cannot hide itself.
 * Inode numbers, link counts, sizes of directories, access times and the root's own time are left out: no driver promises them.
 * Gives the event loop back after every directory. A `lost+found` directly under the root belongs to the file system.
 */
export async function snapshotTree(root: string): Promise<TreeSnapshot> {
  const facts = new Map<string, Omit<FileFacts, 'names'>>();
  const names = new Map<string, string[]>();
  const identities = new Map<string, string>();
  const waiting = [''];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const stats = lstatSync(bytePath(root, path), { bigint: true });
    const identity = stats.isDirectory() ? `directory ${path}` : `${stats.dev}:${stats.ino}`;
    identities.set(path, identity);
    names.set(identity, [...(names.get(identity) ?? []), path]);
    facts.set(path, factsOf(root, path, stats));
    if (!stats.isDirectory()) continue;
    waiting.push(...childrenOf(root, path));
    await setImmediate();
  }
  const snapshot = new Map<string, FileFacts>();
  for (const [path, fact] of [...facts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    snapshot.set(path, { ...fact, names: (names.get(identities.get(path) ?? '') ?? []).sort() });
  }
  return snapshot;
}

function childrenOf(root: string, path: string): string[] {
  const names = readdirSync(bytePath(root, path), 'latin1');
  if (path === '') return names.filter((name) => name !== 'lost+found');
  return names.map((name) => `${path}/${name}`);
}

function factsOf(root: string, path: string, stats: BigIntStats): Omit<FileFacts, 'names'> {
  const type = typeOf(stats);
  const isDevice = type === 'character' || type === 'block';
  return {
    type,
    mode: Number(stats.mode & 0o7777n),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    size: type === 'file' ? Number(stats.size) : 0,
    mtime: path === '' ? 0n : stats.mtimeNs,
    rdev: isDevice ? Number(stats.rdev) : 0,
    target: type === 'symlink' ? readlinkSync(bytePath(root, path), 'latin1') : '',
    xattrs: xattrsOf(bytePath(root, path)),
    content: type === 'file' ? hashOf(bytePath(root, path)) : '',
    allocated: type === 'file' ? Number(stats.blocks) * 512 : 0,
  };
}

function typeOf(stats: BigIntStats): FactType {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isCharacterDevice()) return 'character';
  if (stats.isBlockDevice()) return 'block';
  return stats.isFIFO() ? 'fifo' : 'socket';
}

function xattrsOf(path: Buffer): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of [...listXattrs(path)].sort()) found[name] = readXattr(path, name)?.toString('hex') ?? '';
  return found;
}

/** Empty stretches are told by the place where data goes on, so that a file of gigabytes of holes does not take seconds. */
function hashOf(path: Buffer): string {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(EMPTY.length);
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    for (let at = 0, read = readSync(file, chunk); read > 0; at += read, read = readSync(file, chunk)) {
      if (!chunk.subarray(0, read).equals(EMPTY.subarray(0, read)))
        hash.update(`${at}:`).update(chunk.subarray(0, read));
    }
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}
