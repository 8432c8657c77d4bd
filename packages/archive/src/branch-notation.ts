import { createHash } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { isErrno } from '@graphdriver/host';
import { locate, locationBytes } from './byte-path.ts';
import { xattrOf } from './node-xattrs.ts';
import { readDirectory } from './read-directory.ts';
import type { BytePath, NodeType, TreeEntry, TreeNode } from './tree.ts';
import { readNode } from './tree-node.ts';

/**
 * How a branch of a union writes down that it hides something of the branches below it.
 *
 * `overlay`: a character device 0:0 of the hidden name; `trusted.overlay.opaque` = `y` on a directory that hides all below.
 * `overlay-user`: the same with `user.overlay.opaque`, as overlay writes it with `userxattr`, in user namespaces.
 * `aufs`: an entry `.wh.NAME` beside where NAME would be; an entry `.wh..wh..opq` in a directory that hides all below.
 * Other names that start with `.wh.` are the union's own and never shown. Two of them are the driver aufs's: a symbolic link
 * `.wh..wh..rdr` in a directory says which directory of the view below it goes on with, as an absolute path from its top, and
 * `.wh..wh.long.HASH`, a symbolic link too, says a hidden name that has no room for four bytes more (HASH is the name's SHA-256).
 */
export type BranchNotation = OverlayNotation | 'aufs';

/** The kernel's two ways of writing whiteouts and opaque directories down. */
export type OverlayNotation = 'overlay' | 'overlay-user';

/** The entries of one directory of one branch, sorted out. */
export interface BranchListing {
  /** What is shown, in no order. */
  readonly entries: readonly TreeEntry[];
  /** Names that the branches below must not show. */
  readonly whiteouts: readonly BytePath[];
}

/** Reads the branches of a union that were written in one notation. `place` is a directory's absolute path in a branch. */
export interface BranchReader {
  read(place: BytePath): BranchListing;
  /** What the branch has of `name`, `undefined` where it says nothing about it. */
  find(place: BytePath, name: BytePath): TreeNode | 'whiteout' | undefined;
  /** The branch hides `name` below, although it may have a `name` of its own. */
  hides(place: BytePath, name: BytePath): boolean;
  /** Nothing of this directory is to be looked for in the branches below. */
  isOpaque(place: BytePath): boolean;
  /** The path, in the view of the branches below, of the directory that this one goes on with; `undefined`: of the one at the same path. */
  redirectOf(place: BytePath): BytePath | undefined;
}

/** The reader of a notation. */
export function branchReader(notation: BranchNotation): BranchReader {
  return READERS[notation];
}

/** The attribute by which a directory of an overlay hides all below, where its value is `y`. */
export function opaqueXattr(notation: OverlayNotation): string {
  return notation === 'overlay' ? 'trusted.overlay.opaque' : 'user.overlay.opaque';
}

const WHITEOUT_PREFIX = '.wh.';
const AUFS_OWN_PREFIX = '.wh..wh.';
const AUFS_OPAQUE = '.wh..wh..opq';
const AUFS_REDIRECT = '.wh..wh..rdr';
const AUFS_LONG = '.wh..wh.long.';
const LONGEST_NAME = 255;

/** A character device 0:0, which overlayfs shows as nothing. */
export function isOverlayWhiteout(node: { readonly type: NodeType; readonly rdev: number }): boolean {
  return node.type === 'character' && node.rdev === 0;
}

function overlayReader(notation: OverlayNotation): BranchReader {
  const opaque = opaqueXattr(notation);
  return {
    read: readOverlay,
    find: findInOverlay,
    // The whiteout has the hidden file's own name: a branch that has a file there has no whiteout.
    hides: () => false,
    isOpaque: (place) => xattrOf(place, opaque)?.toString('latin1') === 'y',
    // The drivers read overlays with redirects through mounts.
    redirectOf: () => undefined,
  };
}

function readOverlay(place: BytePath): BranchListing {
  const all = readDirectory(place);
  const whiteouts = all.filter(
    (entry) => entry.type === 'character' && findInOverlay(place, entry.name) === 'whiteout',
  );
  if (whiteouts.length === 0) return { entries: all, whiteouts: [] };
  const hidden = new Set(whiteouts);
  return { entries: all.filter((entry) => !hidden.has(entry)), whiteouts: whiteouts.map((entry) => entry.name) };
}

function findInOverlay(place: BytePath, name: BytePath): TreeNode | 'whiteout' | undefined {
  const node = readNode(locate(place, name));
  return node !== undefined && isOverlayWhiteout(node) ? 'whiteout' : node;
}

const aufsReader: BranchReader = {
  read(place) {
    const all = readDirectory(place);
    const marks = all.filter((entry) => entry.name.startsWith(WHITEOUT_PREFIX));
    if (marks.length === 0) return { entries: all, whiteouts: [] };
    return {
      entries: all.filter((entry) => !entry.name.startsWith(WHITEOUT_PREFIX)),
      whiteouts: marks.flatMap((entry) => hiddenBy(place, entry.name)),
    };
  },
  find(place, name) {
    if (name.startsWith(WHITEOUT_PREFIX)) return undefined;
    return readNode(locate(place, name)) ?? (aufsReader.hides(place, name) ? 'whiteout' : undefined);
  },
  hides: (place, name) => readNode(locate(place, aufsWhiteout(name))) !== undefined,
  isOpaque: (place) => readNode(locate(place, AUFS_OPAQUE)) !== undefined,
  redirectOf: (place) => linkOf(locate(place, AUFS_REDIRECT))?.replace(/^\//, ''),
};

function aufsWhiteout(name: BytePath): BytePath {
  if (name.length + WHITEOUT_PREFIX.length <= LONGEST_NAME) return WHITEOUT_PREFIX + name;
  return AUFS_LONG + createHash('sha256').update(name, 'latin1').digest('hex');
}

function hiddenBy(place: BytePath, mark: BytePath): readonly BytePath[] {
  if (!mark.startsWith(AUFS_OWN_PREFIX)) return [mark.slice(WHITEOUT_PREFIX.length)];
  const name = mark.startsWith(AUFS_LONG) ? linkOf(locate(place, mark)) : undefined;
  return name === undefined ? [] : [name];
}

function linkOf(location: BytePath): BytePath | undefined {
  try {
    return readlinkSync(locationBytes(location), 'latin1');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EINVAL', 'ENOTDIR')) return undefined;
    throw error;
  }
}

const READERS: Readonly<Record<BranchNotation, BranchReader>> = {
  overlay: overlayReader('overlay'),
  'overlay-user': overlayReader('overlay-user'),
  aufs: aufsReader,
};
