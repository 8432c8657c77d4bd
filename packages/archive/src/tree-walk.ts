import { StorageError } from '@graphdriver/core';
import type { TimeSlice } from '@graphdriver/host';
import { joinPath } from './byte-path.ts';
import { hasLinks, LinkGroups } from './link-groups.ts';
import { hasSameAccess, hasSameMetadata, isSameInode } from './node-difference.ts';
import type { BytePath, Touched, Tree, TreeEntry, TreeNode } from './tree.ts';
import type { TreeChange } from './tree-change.ts';

/** What a walk has to tell, or wants: an answer whether two files have the same content, or a pause. */
export type WalkStep = TreeChange | ContentQuestion | Pause;

/** Have these two files of the same size the same content? The walk goes on with the answer. */
export interface ContentQuestion {
  readonly kind: 'content';
  readonly upper: TreeNode;
  readonly lower: TreeNode;
}

interface Pause {
  readonly kind: 'pause';
}

const PAUSE: Pause = { kind: 'pause' };

type Walk = Generator<WalkStep, void, boolean>;

/** A directory of the upper tree, on the way. */
interface Place {
  readonly path: BytePath;
  readonly node: TreeNode;
  /** The lower tree has a directory here as well. */
  readonly isMerged: boolean;
  /** No longer asks what was touched: everything may have been. */
  readonly isWhole: boolean;
  /** The directory may have been moved here, so that its files are others although nothing about them is new. */
  readonly isMoved: boolean;
}

/** What a walk compares, and by which rules. */
export interface WalkOptions {
  readonly upper: Tree;
  readonly lower: Tree;
  readonly touched: Touched;
  /** Files whose ctime is older than this (ns) were not written since the trees were alike; `undefined` where that is not known. */
  readonly unchangedBefore: bigint | undefined;
  readonly slice: TimeSlice;
}

/**
 * Walks two trees side by side and yields their differences by path in byte order.
 *
 * It is a synchronous generator and its caller does the waiting, so that a hundred thousand files cost no promises.
 * Memory is that of the listings on the way down, beside one entry per file with several names.
 */
export class TreeWalk {
  readonly #options: WalkOptions;
  #links: LinkGroups | undefined;

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  *steps(): Walk {
    const { upper, lower } = this.#options;
    const node = rootOf(upper);
    const base = rootOf(lower);
    // The root's time is not part of a layer: mounting alone may change it.
    if (!hasSameAccess(node, base)) yield { kind: 'modify', path: '', node, base };
    yield* this.#content(rootPlace(node));
  }

  /**
   * The differences inside a directory.
   *
   * In byte order `a-b` stands between `a` and `a/b`: what is in a directory has to wait for its neighbours' turn.
   * Those that wait form a stack, since each next one starts with the name of the one before.
   */
  *#content(place: Place): Walk {
    const waiting: { readonly before: BytePath; readonly steps: Walk }[] = [];
    const { names, isWhole } = this.#names(place);
    for (const name of names) {
      for (let last = waiting.at(-1); last !== undefined && last.before < name; last = waiting.at(-1)) {
        waiting.pop();
        yield* last.steps;
      }
      if (this.#options.slice.over) yield PAUSE;
      const inside = yield* this.#compare(place, name, isWhole);
      if (inside !== undefined) waiting.push({ before: `${name}/`, steps: inside });
    }
    for (let last = waiting.pop(); last !== undefined; last = waiting.pop()) yield* last.steps;
  }

  /** The difference of one name. Returns the walk over what is inside, if anything in there differs. */
  *#compare(place: Place, name: BytePath, isWhole: boolean): Generator<WalkStep, Walk | undefined, boolean> {
    const path = joinPath(place.path, name);
    const node = this.#options.upper.node(path);
    const base = place.isMerged ? this.#options.lower.node(path) : undefined;
    if (node === undefined) {
      if (base !== undefined) yield { kind: 'delete', path, base };
      return undefined;
    }
    if (base === undefined || base.type !== node.type) {
      yield base === undefined ? { kind: 'add', path, node } : { kind: 'modify', path, node, base };
      return node.type === 'directory' ? this.#content(newPlace(path, node)) : undefined;
    }
    if (node.type !== 'directory') {
      if (yield* this.#differs(place, node, base)) yield { kind: 'modify', path, node, base };
      return undefined;
    }
    const inside = this.#content(this.#childPlace(place, path, node, isWhole));
    if (!isSameInode(node, base) && !hasSameMetadata(node, base)) {
      yield { kind: 'modify', path, node, base };
      return inside;
    }
    const first = yield* firstChange(inside);
    if (first === undefined) return undefined;
    yield { kind: 'modify', path, node, base };
    return startingWith(first, inside);
  }

  *#differs(place: Place, node: TreeNode, base: TreeNode): Generator<WalkStep, boolean, boolean> {
    if (isSameInode(node, base)) return false;
    if (!hasSameMetadata(node, base)) return true;
    if (hasLinks(node)) {
      this.#links ??= yield* this.#findLinks();
      if (this.#links.isJoined(node)) return true;
    }
    if (node.type !== 'file' || node.size === 0 || !this.#isRecent(place, node)) return false;
    return !(yield { kind: 'content', upper: node, lower: base });
  }

  /** The content may differ although the metadata do not: times can be set to anything, and clocks tick slower than programs write. */
  #isRecent(place: Place, node: TreeNode): boolean {
    const { unchangedBefore } = this.#options;
    return place.isMoved || unchangedBefore === undefined || node.ctime >= unchangedBefore;
  }

  #childPlace(parent: Place, path: BytePath, node: TreeNode, isWhole: boolean): Place {
    // A rename touches the directory that is moved and the one that it is moved into, but nothing inside.
    const isMoved = parent.isMoved || (this.#isRecent(parent, parent.node) && this.#isRecent(parent, node));
    return { path, node, isMerged: true, isWhole, isMoved };
  }

  /** The names in a directory that can differ, in byte order. What holds everything that may differ holds it all the way down. */
  #names({ path, isMerged, isWhole }: Place): { readonly names: readonly BytePath[]; readonly isWhole: boolean } {
    const { upper, lower } = this.#options;
    if (!isMerged) return { names: upper.list(path).map((entry) => entry.name), isWhole: true };
    const touched = isWhole ? 'all' : this.#options.touched(path);
    if (touched === 'all') return { names: mergedNames(upper.list(path), lower.list(path)), isWhole: true };
    return { names: touched.toSorted(), isWhole: false };
  }

  /** Looks at every name of every file that has several. Done once, when the first of them matters. */
  *#findLinks(): Generator<WalkStep, LinkGroups, boolean> {
    const { upper, lower, slice } = this.#options;
    const links = new LinkGroups();
    const rest = [rootPlace(rootOf(upper))];
    for (let place = rest.pop(); place !== undefined; place = rest.pop()) {
      const { names, isWhole } = this.#names(place);
      for (const name of names) {
        if (slice.over) yield PAUSE;
        const path = joinPath(place.path, name);
        const node = upper.node(path);
        if (node === undefined || (node.type !== 'directory' && !hasLinks(node))) continue;
        const base = place.isMerged ? lower.node(path) : undefined;
        if (node.type !== 'directory') links.see(node, base);
        else if (base?.type === 'directory') rest.push({ path, node, isMerged: true, isWhole, isMoved: false });
        else rest.push(newPlace(path, node));
      }
    }
    return links;
  }
}

function rootOf(tree: Tree): TreeNode {
  const root = tree.node('');
  if (root?.type === 'directory') return root;
  throw new StorageError('CORRUPT_LAYER', 'A layer has no root directory.');
}

function rootPlace(node: TreeNode): Place {
  return { path: '', node, isMerged: true, isWhole: false, isMoved: false };
}

function newPlace(path: BytePath, node: TreeNode): Place {
  return { path, node, isMerged: false, isWhole: true, isMoved: false };
}

function mergedNames(upper: readonly TreeEntry[], lower: readonly TreeEntry[]): readonly BytePath[] {
  const names = new Set(upper.map((entry) => entry.name));
  const before = names.size;
  for (const entry of lower) names.add(entry.name);
  const all = [...names];
  return names.size === before ? all : all.sort();
}

/** Walks on to the first change. Afterwards `steps` stands right behind it. */
function* firstChange(steps: Walk): Generator<WalkStep, TreeChange | undefined, boolean> {
  let answer = false;
  for (;;) {
    const { done, value } = steps.next(answer);
    if (done === true) return undefined;
    if (value.kind !== 'content' && value.kind !== 'pause') return value;
    answer = yield value;
  }
}

function* startingWith(first: TreeChange, rest: Walk): Walk {
  yield first;
  yield* rest;
}
