import { joinPath } from './byte-path.ts';
import type { BytePath } from './tree.ts';

/** How a directory came to be known. */
export interface DirectoryFacts {
  /** Made by this unpacking: whatever is in it then came from the archive, but for what is marked as borrowed. */
  readonly fresh: boolean;
  /** The time that it shall have in the end. */
  readonly mtime: bigint;
  /** What is made in it inherits an access control list, which must be taken away again. */
  readonly passesOnAcl: boolean;
}

/**
 * What unpacking remembers of a directory that it has been in: what must be put right when everything is in place, and which
 * names the archive brought, since a whiteout hides only what was there before.
 *
 * Of files in fresh directories nothing is kept, so that memory grows with the directories of an archive and not with its files.
 */
export class DirectoryState {
  readonly path: BytePath;
  readonly parent: DirectoryState | null;
  readonly fresh: boolean;
  passesOnAcl: boolean;
  /** The archive has an entry for it. */
  archived = false;
  /** The archive brought it or something under it. */
  holdsOwn = false;
  /** Something was made or removed in it, which moved its time. */
  touched = false;
  /** The lower directory shows through; `undefined` until somebody asks. */
  merged: boolean | undefined;
  /** Set at the end. */
  mtime: bigint;
  /** Set at the end, where the final mode would lock out an unprivileged writer. */
  finalMode: number | undefined;
  /** Set at the end, because everything made in the directory would inherit it. */
  defaultAcl: Buffer | undefined;
  #children: Map<string, DirectoryState> | undefined;
  /** Names that are not what `fresh` says of the others: own ones in a found directory, borrowed ones in a fresh one. */
  #exceptions: Set<string> | undefined;

  constructor(parent: DirectoryState | null, name: string, facts: DirectoryFacts) {
    this.parent = parent;
    this.path = parent === null ? '' : joinPath(parent.path, name);
    this.fresh = facts.fresh;
    this.mtime = facts.mtime;
    this.passesOnAcl = facts.passesOnAcl;
    if (parent !== null) {
      parent.#children ??= new Map();
      parent.#children.set(name, this);
    }
  }

  child(name: string): DirectoryState | undefined {
    return this.#children?.get(name);
  }

  children(): Iterable<DirectoryState> {
    return this.#children?.values() ?? [];
  }

  /** Forgets a directory that is no longer there. */
  forget(name: string): void {
    this.#children?.delete(name);
  }

  /** Notes that the archive brought `name`. */
  markOwn(name: string): void {
    this.#note(name, !this.fresh);
    this.markHolding();
  }

  /** Notes that the archive brought this directory, or something in it. */
  markHolding(): void {
    for (let state: DirectoryState | null = this; state !== null && !state.holdsOwn; state = state.parent)
      state.holdsOwn = true;
  }

  /** Notes that `name` was made here, but only to stand for something of the lower tree. */
  markBorrowed(name: string): void {
    this.#note(name, this.fresh);
  }

  /** Whether the archive brought what has this name; for names of what is no directory. */
  isOwn(name: string): boolean {
    return (this.#exceptions?.has(name) ?? false) !== this.fresh;
  }

  #note(name: string, exception: boolean): void {
    if (exception) {
      this.#exceptions ??= new Set();
      this.#exceptions.add(name);
    } else {
      this.#exceptions?.delete(name);
    }
  }
}
