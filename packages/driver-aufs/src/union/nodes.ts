import type { BranchDirectory } from './branch-directory.ts';
import type { DirectoryIndex, IndexEntry } from './directory-index.ts';

/** DT_ numbers of getdents64(2): the type bits of a mode, moved by twelve. */
export const TYPE = { fifo: 1, character: 2, directory: 4, block: 6, file: 8, symlink: 10, socket: 12 } as const;

/** The DT_ number of a mode. */
export function typeOfMode(mode: number): number {
  return (mode >> 12) & 15;
}

/** A directory that the kernel knows, or below which it knows something. */
export class DirectoryNode {
  readonly kind = 'directory';
  readonly id: number;
  readonly ino: number;
  lookups = 0;
  /** How many nodes this one is the parent of: while there are any it must stay, for they point to it. */
  children = 0;
  /** `null` for the root. */
  parent: DirectoryNode | null;
  name: string;
  /** Its parts, top first; which of them count in the end is known once it is read. */
  parts: BranchDirectory[];
  index: UnionIndex | null = null;
  /** The path of its parts below the writable branch, where that is not told by its place. */
  redirect: string | undefined;
  /** It has no name any more. */
  removed = false;
  /** What is made in it takes its access from here, and not from the umask; `undefined` while that is not known. */
  hasDefaultAcl: boolean | undefined;

  constructor(id: number, ino: number, parent: DirectoryNode | null, name: string, parts: BranchDirectory[]) {
    this.id = id;
    this.ino = ino;
    this.parent = parent;
    this.name = name;
    this.parts = parts;
  }
}

/** A name of a file in the union. */
export interface Link {
  readonly directory: DirectoryNode;
  readonly name: string;
}

// Most files have one name and no key: a list of its own for each of them, with room for more, would be a third of what a node takes.
const NO_LINKS: Link[] = [];
const NO_KEYS: number[] = [];
Object.freeze(NO_LINKS);
Object.freeze(NO_KEYS);

/** Anything but a directory. */
export class FileNode {
  readonly kind = 'file';
  readonly id: number;
  readonly ino: number;
  /** DT_ number. */
  readonly type: number;
  lookups = 0;
  /** The names by which it is known here; it may have others. Changed by {@link addTo}. */
  links: Link[] = NO_LINKS;
  /** Where it lies: a directory of a branch, and the name there. What is under it may be gone when `pin` is not -1. */
  home: BranchDirectory;
  homeName: string;
  /** A descriptor of it, once it lies under no name that is known; else -1. */
  pin = -1;
  /** What was taken from it while it lay in a lower branch, where its inode knows nothing of that. */
  lost: LostNames | undefined;
  /** The descriptor that all who have it open share; -1 until somebody reads or writes. */
  fd = -1;
  /** How many have it open. */
  users = 0;
  /** Bytes, type and permission bits, and owner, as last seen. */
  size = 0;
  mode = 0;
  uid = 0;
  /** By which the kernel reads and writes `fd` itself; 0: it asks. All who have the file open share one way. */
  backing = 0;
  /** `fd` is that of a branch below although the file was copied up: those who have it open keep seeing what was there. */
  showsLower = false;
  /** The kernel wrote without its page cache, which may hold what was there before. */
  hasStaleCache = false;
  /** The kernel was given the content, or may have changed it: it reads for itself what it does not have. */
  wasOpened = false;
  /** It has no file capabilities, which the kernel asks for at its first write and at each start of a program. */
  lacksCapability = false;
  /** Another daemon has opened it: `users` may then be too many. */
  isRecalled = false;
  /** A copy to the writable branch that has begun. */
  copying: Promise<void> | undefined;
  /** Numbers under which it is known as a file with several names. Changed by {@link addTo}. */
  keys: number[] = NO_KEYS;

  constructor(id: number, ino: number, type: number, home: BranchDirectory, homeName: string) {
    this.id = id;
    this.ino = ino;
    this.type = type;
    this.home = home;
    this.homeName = homeName;
  }
}

/** What a file of a lower branch has lost: the names that nothing shows any more. */
export interface LostNames {
  /** How many. */
  readonly names: number;
  /** When the last of them went, in seconds since 1970 and nanoseconds beyond: its ctime, unless that is later. */
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** Where a name of a directory is in the union, from its top, beginning with a slash. */
export function pathIn(directory: DirectoryNode, name: string): string {
  let path = `/${name}`;
  for (let at = directory; at.parent !== null; at = at.parent) path = `/${at.name}${path}`;
  return path;
}

/** A list with one thing more: the same list, unless it was empty. */
export function addTo<T>(list: T[], item: T): T[] {
  if (list.length === 0) return [item];
  list.push(item);
  return list;
}

export type UnionNode = DirectoryNode | FileNode;

/** What is known of a name in a directory, with the node that it has got. */
export type UnionEntry = IndexEntry<UnionNode>;

/** All that is known of the names in a directory. */
export type UnionIndex = DirectoryIndex<UnionNode>;
