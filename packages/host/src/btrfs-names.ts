import { closeSync, constants, openSync } from 'node:fs';
import { ITEM, ROOT_TREE, searchTree } from './btrfs-search.ts';
import type { FilePath } from './file-path.ts';
import { checked, libc } from './libc.ts';

const INO_LOOKUP = 0xd0009412;
const INO_LOOKUP_SIZE = 4096;
const FILE_TYPE_DIRECTORY = 2;
const FIRST_INODE = 256n;
const LAST_INODE = 0xffff_ffff_ffff_ff00n;
const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** A name of an inode: where it stands, and how it is called (latin1, a character per byte). */
export interface InodeName {
  readonly directory: bigint;
  readonly name: string;
}

/** What an entry of a directory names. */
export interface DirectoryEntry {
  readonly inode: bigint;
  readonly isDirectory: boolean;
}

/** An inode that something was changed of: content, metadata, attributes, or as a directory its entries. */
export interface ChangedInode {
  readonly inode: bigint;
  readonly isDirectory: boolean;
}

/** An open btrfs subvolume, to ask its tree for inodes and names. */
export class SubvolumeReader implements Disposable {
  readonly #path: FilePath;
  readonly #fd: number;

  /** Opens the subvolume that the directory `path` lies in. Fails with ENOENT, ENOTDIR. */
  constructor(path: FilePath) {
    this.#path = path;
    this.#fd = openSync(path, DIRECTORY);
  }

  /** The inodes that have changed in transaction `since` or later. */
  *changedInodes(since: bigint): Generator<ChangedInode, void, undefined> {
    const range = {
      from: { objectId: FIRST_INODE, type: ITEM.inode },
      to: { objectId: LAST_INODE, type: ITEM.inode },
      since,
    };
    for (const { objectId, type, data } of searchTree(this.#fd, range, this.#path)) {
      // A leaf that was written holds neighbours that nobody has touched: an inode says itself when it changed.
      if (type !== ITEM.inode || data.readBigUInt64LE(8) < since) continue;
      yield { inode: objectId, isDirectory: (data.readUInt32LE(52) & constants.S_IFMT) === constants.S_IFDIR };
    }
  }

  /** All names of an inode; none for the root directory and for what is deleted. */
  namesOf(inode: bigint): readonly InodeName[] {
    const range = {
      from: { objectId: inode, type: ITEM.inodeRef },
      to: { objectId: inode, type: ITEM.inodeExtref },
    };
    const names: InodeName[] = [];
    for (const { type, offset, data } of searchTree(this.#fd, range, this.#path)) {
      // Names of one directory share an item; those that do not fit stand in extended items, which say the directory themselves.
      const head = type === ITEM.inodeRef ? 10 : 18;
      for (let at = 0; at < data.length; ) {
        const directory = type === ITEM.inodeRef ? offset : data.readBigUInt64LE(at);
        const length = data.readUInt16LE(at + head - 2);
        const name = data.toString('latin1', at + head, at + head + length);
        if (directory !== inode) names.push({ directory, name });
        at += head + length;
      }
    }
    return names;
  }

  /** The entries of a directory by name (latin1). A subvolume counts as inode 2, as an empty directory in its place does. */
  entriesOf(directory: bigint): ReadonlyMap<string, DirectoryEntry> {
    const range = {
      from: { objectId: directory, type: ITEM.dirIndex },
      to: { objectId: directory, type: ITEM.dirIndex },
    };
    const entries = new Map<string, DirectoryEntry>();
    for (const { data } of searchTree(this.#fd, range, this.#path)) {
      const inode = data.readUInt8(8) === ITEM.inode ? data.readBigUInt64LE(0) : 2n;
      const isDirectory = data.readUInt8(29) === FILE_TYPE_DIRECTORY;
      entries.set(data.toString('latin1', 30, 30 + data.readUInt16LE(27)), { inode, isDirectory });
    }
    return entries;
  }

  /** Paths (latin1) of the subvolumes directly inside the subvolume `id`, which is the open one, relative to its root. */
  nestedIn(id: bigint): readonly string[] {
    const range = {
      tree: ROOT_TREE,
      from: { objectId: id, type: ITEM.rootRef },
      to: { objectId: id, type: ITEM.rootRef },
    };
    const paths: string[] = [];
    for (const { data } of searchTree(this.#fd, range, this.#path)) {
      const name = data.toString('latin1', 18, 18 + data.readUInt16LE(16));
      paths.push(`${this.#directoryPath(id, data.readBigUInt64LE(0))}${name}`);
    }
    return paths;
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  /** The path of a directory from its subvolume's root, with a slash at its end; empty for the root. */
  #directoryPath(tree: bigint, directory: bigint): string {
    const args = Buffer.alloc(INO_LOOKUP_SIZE);
    args.writeBigUInt64LE(tree, 0);
    args.writeBigUInt64LE(directory, 8);
    checked('ino-lookup', libc().ioctl(this.#fd, INO_LOOKUP, args), this.#path);
    return args.toString('latin1', 16, args.indexOf(0, 16));
  }
}
