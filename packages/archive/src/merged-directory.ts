import type { BranchReader } from './branch-notation.ts';
import { locate } from './byte-path.ts';
import type { BytePath, NodeType, TreeEntry, TreeNode } from './tree.ts';
import { readNode } from './tree-node.ts';

const LOOKUPS_BEFORE_READING = 4;

/** A name of a merged directory: what it is, and in which of the directories. */
interface MergedName {
  readonly type: NodeType;
  /** The places that add up to it: one, or for a directory all that may merge. */
  readonly places: BytePath[];
  /** Nothing further down adds to it. */
  isComplete: boolean;
}

/** One directory of a union: the directories of the branches that it is merged from. */
export class MergedDirectory {
  /** Absolute paths, top first. */
  readonly places: readonly BytePath[];
  readonly #reader: BranchReader;
  #names: Map<BytePath, MergedName> | undefined;
  #lookups = 0;

  constructor(places: readonly BytePath[], reader: BranchReader) {
    this.places = places;
    this.#reader = reader;
  }

  /** How many names are remembered. */
  get weight(): number {
    return this.#names?.size ?? 0;
  }

  /** The topmost node of this name, unless it is hidden. */
  find(name: BytePath): TreeNode | undefined {
    if (this.#isWorthReading()) {
      const place = this.#read().get(name)?.places[0];
      return place === undefined ? undefined : readNode(locate(place, name));
    }
    for (const place of this.places) {
      const found = this.#reader.find(place, name);
      if (found !== undefined) return found === 'whiteout' ? undefined : found;
    }
    return undefined;
  }

  /** The places whose directories called `name` merge, as far as can be told from here; empty where it is no directory. */
  placesOf(name: BytePath): readonly BytePath[] {
    if (this.#isWorthReading()) {
      const known = this.#read().get(name);
      return known?.type === 'directory' ? known.places : [];
    }
    const places: BytePath[] = [];
    for (const place of this.places) {
      const found = this.#reader.find(place, name);
      if (found === undefined) continue;
      if (found === 'whiteout' || found.type !== 'directory') break;
      places.push(place);
      if (this.#reader.hides(place, name)) break;
    }
    return places;
  }

  /** All names, in no order. */
  entries(): TreeEntry[] {
    return Array.from(this.#read(), ([name, { type }]) => ({ name, type }));
  }

  /** Frees what is remembered. */
  forget(): void {
    this.#names = undefined;
    this.#lookups = 0;
  }

  #isWorthReading(): boolean {
    if (this.#names !== undefined) return true;
    if (this.places.length < 2) return false;
    this.#lookups += 1;
    return this.#lookups > LOOKUPS_BEFORE_READING;
  }

  #read(): Map<BytePath, MergedName> {
    if (this.#names !== undefined) return this.#names;
    const names = new Map<BytePath, MergedName>();
    const hidden = new Set<BytePath>();
    for (const place of this.places) {
      const { entries, whiteouts } = this.#reader.read(place);
      for (const entry of entries) merge(names, hidden, place, entry);
      for (const name of whiteouts) hide(names, hidden, name);
    }
    this.#names = names;
    return names;
  }
}

function merge(
  names: Map<BytePath, MergedName>,
  hidden: ReadonlySet<BytePath>,
  place: BytePath,
  entry: TreeEntry,
): void {
  const known = names.get(entry.name);
  if (known === undefined) {
    if (hidden.has(entry.name)) return;
    names.set(entry.name, { type: entry.type, places: [place], isComplete: entry.type !== 'directory' });
  } else if (!known.isComplete) {
    if (entry.type === 'directory') known.places.push(place);
    else known.isComplete = true;
  }
}

function hide(names: ReadonlyMap<BytePath, MergedName>, hidden: Set<BytePath>, name: BytePath): void {
  const known = names.get(name);
  if (known === undefined) hidden.add(name);
  else known.isComplete = true;
}
