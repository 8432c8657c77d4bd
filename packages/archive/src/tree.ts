/**
 * A name or path as the file system has it: one character per byte (latin1), so that every name survives.
 *
 * Paths inside a tree have no leading slash and no `.` or `..`: the root directory is `''`, a file is `etc/passwd`.
 * Convert with {@link Buffer.from}`(path, 'latin1')` at the system call and nowhere else.
 */
export type BytePath = string;

/** What kind of thing a path names. */
export type NodeType = 'file' | 'directory' | 'symlink' | 'character' | 'block' | 'fifo' | 'socket';

/** A file of a tree, as lstat and the xattr calls see it. */
export interface TreeNode {
  readonly type: NodeType;
  /** Permission bits with set-id and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes; 0 for what is not a regular file. */
  readonly size: number;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
  /** Nanoseconds since 1970, of the last change to anything about the file. */
  readonly ctime: bigint;
  readonly nlink: number;
  /** Device number for `character` and `block`, as `makedev` gives it; 0 otherwise. */
  readonly rdev: number;
  /** Says which names are the same file: device and inode, in any notation. */
  readonly identity: string;
  /** Blocks of 512 bytes that the file system has allocated. */
  readonly blocks: number;
  /** Where the file really lies on the host: absolute, readable as it is. */
  readonly location: BytePath;
}

/** One entry of a directory's list. */
export interface TreeEntry {
  readonly name: BytePath;
  readonly type: NodeType;
}

/**
 * A file system tree to read: a plain directory, or several directories seen as one without mounting them.
 *
 * All calls are synchronous and short: a walk yields to the event loop between them (see `TimeSlice` in the host package).
 * Symbolic links are never followed, in no part of a path.
 */
export interface Tree {
  /** The node at `path`, or `undefined` where there is none. */
  node(path: BytePath): TreeNode | undefined;
  /** The entries of the directory at `path` in byte order; empty where there is no directory. */
  list(path: BytePath): readonly TreeEntry[];
}

/**
 * Which names of a directory can differ from the base at all: `all`, or just those listed.
 * A driver that knows what was touched saves the walk over everything else.
 */
export type Touched = (directory: BytePath) => 'all' | readonly BytePath[];
