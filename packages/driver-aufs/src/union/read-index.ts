import { FileStatus, isErrno, readEntries, readLinkAt, statAt } from '@graphdriver/host';
import type { BranchDirectory } from './branch-directory.ts';
import { DirectoryIndex } from './directory-index.ts';
import { isMark, meaningOf, REDIRECT } from './marks.ts';
import { type DirectoryNode, TYPE, typeOfMode, type UnionEntry, type UnionIndex } from './nodes.ts';
import { partsAt } from './redirects.ts';
import type { Union } from './union.ts';

/** What one directory of a branch has. */
interface BranchListing {
  readonly entries: readonly (readonly [name: string, type: number, ino: number])[];
  readonly whiteouts: readonly string[];
  readonly isOpaque: boolean;
  readonly redirect: string | undefined;
}

/** The merged listing of a directory, read at the first use and kept. */
export function indexOf(union: Union, directory: DirectoryNode): UnionIndex {
  return directory.index ?? readIndex(union, directory);
}

/**
 * Reads every part of a directory, top first, down to one that hides what is below. Takes four system calls for each part, and
 * settles which parts there are.
 */
function readIndex(union: Union, directory: DirectoryNode): UnionIndex {
  const merging = new Merging(union);
  const parts: BranchDirectory[] = [];
  if (!directory.removed) {
    let rest: readonly BranchDirectory[] = directory.parts;
    for (let at = 0; at < rest.length; at += 1) {
      const part = rest[at];
      if (part === undefined) break;
      const listing = listingOf(union.fd(part));
      parts.push(part);
      merging.add(part, listing);
      if (listing.redirect !== undefined) {
        if (union.writable && part.branch === 0) directory.redirect = listing.redirect;
        rest = [...rest.slice(0, at + 1), ...partsAt(union, part.branch + 1, listing.redirect)];
      } else if (listing.isOpaque) break;
    }
    union.trace.directoriesRead += 1;
    union.trace.branchesRead += parts.length;
    directory.parts = parts;
  }
  directory.index = merging.done();
  return directory.index;
}

/** Puts the listings of a directory's parts together, top first. */
class Merging {
  readonly #index: UnionIndex;
  readonly #writable: boolean;
  /** Directories that go on in branches below. */
  readonly #open = new Set<UnionEntry>();
  /** Names that branches below the writable one hide, and that any branch hides. */
  readonly #hiddenByLower = new Set<string>();
  readonly #hidden = new Set<string>();

  constructor({ writable, cached }: Union) {
    this.#index = new DirectoryIndex(cached);
    this.#writable = writable;
  }

  add(part: BranchDirectory, listing: BranchListing): void {
    const isUpper = this.#writable && part.branch === 0;
    for (const [name, type, ino] of listing.entries) {
      const entry = this.#index.get(name);
      if (entry !== undefined) this.#addPart(entry, part, type);
      else if (!this.#hidden.has(name)) this.#show(part, name, type, ino);
      if (!isUpper && !this.#hiddenByLower.has(name)) this.#noteLower(name);
    }
    for (const name of listing.whiteouts) {
      this.#hidden.add(name);
      const entry = this.#index.get(name);
      if (entry !== undefined) this.#open.delete(entry);
      if (isUpper) this.#noteWhiteout(name);
      else this.#hiddenByLower.add(name);
    }
  }

  done(): UnionIndex {
    for (const entry of this.#index.entries.values()) if (entry.branch >= 0) this.#index.list(entry);
    return this.#index;
  }

  #show(part: BranchDirectory, name: string, type: number, ino: number): void {
    const parts = type === TYPE.directory ? [part] : null;
    const entry = { name, branch: part.branch, type, ino, parts, ...NOTHING_KNOWN };
    this.#index.put(entry);
    if (parts !== null) this.#open.add(entry);
  }

  #addPart(entry: UnionEntry, part: BranchDirectory, type: number): void {
    if (!this.#open.has(entry)) return;
    if (type === TYPE.directory) entry.parts?.push(part);
    else this.#open.delete(entry);
  }

  #noteLower(name: string): void {
    const entry = this.#index.get(name);
    if (entry !== undefined) entry.hasLower = true;
  }

  #noteWhiteout(name: string): void {
    const entry = this.#index.get(name);
    if (entry !== undefined) entry.whiteout = true;
    else this.#index.put(hiddenEntry(name));
  }
}

const NOTHING_KNOWN = { hasLower: false, whiteout: false, node: undefined, cookie: 0 } as const;

function hiddenEntry(name: string): UnionEntry {
  return { name, branch: -1, type: 0, ino: 0, parts: null, hasLower: true, whiteout: true, node: undefined, cookie: 0 };
}

function listingOf(fd: number): BranchListing {
  const entries: [string, number, number][] = [];
  const whiteouts: string[] = [];
  const long: string[] = [];
  let isOpaque = false;
  let isRedirected = false;
  readEntries(fd, (name, type, ino) => {
    if (!isMark(name)) {
      entries.push([name, type, ino]);
      return;
    }
    const meaning = meaningOf(name);
    if (meaning.kind === 'whiteout') whiteouts.push(meaning.of);
    else if (meaning.kind === 'long-whiteout') long.push(name);
    else if (meaning.kind === 'opaque') isOpaque = true;
    else if (meaning.kind === 'redirect') isRedirected = true;
  });
  for (const name of long) whiteouts.push(readLinkAt(fd, name));
  const redirect = isRedirected ? readLinkAt(fd, REDIRECT) : undefined;
  return { entries: entries.flatMap((entry) => typed(fd, entry)), whiteouts, isOpaque, redirect };
}

const status = new FileStatus();

/** Some file systems leave the type out. */
function typed(fd: number, entry: [string, number, number]): [string, number, number][] {
  if (entry[1] !== 0) return [entry];
  try {
    statAt(fd, entry[0], status);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
  return [[entry[0], typeOfMode(status.mode), status.ino]];
}
