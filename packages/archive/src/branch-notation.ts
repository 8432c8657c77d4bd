import { locate } from './byte-path.ts';
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
 * Other names that start with `.wh.` are the union's own and never shown.
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
    const whiteouts = marks.filter((entry) => !entry.name.startsWith(AUFS_OWN_PREFIX));
    return {
      entries: all.filter((entry) => !entry.name.startsWith(WHITEOUT_PREFIX)),
      whiteouts: whiteouts.map((entry) => entry.name.slice(WHITEOUT_PREFIX.length)),
    };
  },
  find(place, name) {
    if (name.startsWith(WHITEOUT_PREFIX)) return undefined;
    return readNode(locate(place, name)) ?? (aufsReader.hides(place, name) ? 'whiteout' : undefined);
  },
  hides: (place, name) => readNode(locate(place, WHITEOUT_PREFIX + name)) !== undefined,
  isOpaque: (place) => readNode(locate(place, AUFS_OPAQUE)) !== undefined,
};

const READERS: Readonly<Record<BranchNotation, BranchReader>> = {
  overlay: overlayReader('overlay'),
  'overlay-user': overlayReader('overlay-user'),
  aufs: aufsReader,
};
