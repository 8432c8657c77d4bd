import { closeSync } from 'node:fs';
import {
  isErrno,
  makeDirectoryAt,
  makeHardLinkAt,
  openAt,
  readEntries,
  renameAt,
  statAt,
  TimeSlice,
  unlinkAt,
} from '@graphdriver/host';
import { BranchDirectory } from './branch-directory.ts';
import { copyUpDirectory, workOf } from './copy-up.ts';
import type { IndexEntry } from './directory-index.ts';
import { addKey, entryOf, nodeOf } from './lookup.ts';
import { isMark, PSEUDO_LINKS } from './marks.ts';
import { unnoticed } from './metadata.ts';
import { type DirectoryNode, type FileNode, type Link, TYPE } from './nodes.ts';
import { indexOf } from './read-index.ts';
import type { Union } from './union.ts';

const O_DIRECTORY = 0o200000;

/**
 * Which names of a branch are the same file. A branch is walked once, when the first file of it that has several names is copied up.
 *
 * All names have to be found then, for all of them must get the copy: the writable branch alone tells what a layer has changed.
 */
export class LinkGroups {
  readonly #branches = new Map<number, Promise<ReadonlyMap<number, readonly string[]>>>();

  /** The paths, in its branch, of all names of a file that lies in a branch below the writable one. */
  async namesOf(union: Union, node: FileNode): Promise<readonly string[]> {
    const groups = await this.of(union, node.home.branch);
    return node.keys.flatMap((key) => groups.get(key) ?? []);
  }

  /** All files of a branch that have several names there, by their inode numbers in the union. */
  of(union: Union, branch: number): Promise<ReadonlyMap<number, readonly string[]>> {
    const known = this.#branches.get(branch);
    if (known !== undefined) return known;
    const groups = walk(union, branch);
    this.#branches.set(branch, groups);
    // A walk that failed is tried again by the next file.
    groups.catch(() => this.#branches.delete(branch));
    return groups;
  }
}

/** Takes two system calls and the listing for each directory, and gives the event loop its turn. */
async function walk(union: Union, branch: number): Promise<ReadonlyMap<number, readonly string[]>> {
  const seen = new Map<number, string | string[]>();
  const slice = new TimeSlice();
  const top = union.branches[branch];
  const waiting: (readonly [BranchDirectory, string])[] = top === undefined ? [] : [[top, '']];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [directory, path] = next;
    for (const name of note(union, directory, path, seen)) {
      waiting.push([new BranchDirectory(branch, directory, name), `${path}/${name}`]);
    }
    if (slice.over) await slice.pause();
  }
  const groups = new Map<number, readonly string[]>();
  for (const [ino, paths] of seen) {
    if (typeof paths !== 'string') groups.set(union.numberOf(branch, ino), paths);
  }
  return groups;
}

/** Notes the files of a directory by their inodes, and returns the names of the directories in it. */
function note(
  union: Union,
  directory: BranchDirectory,
  path: string,
  seen: Map<number, string | string[]>,
): readonly string[] {
  const below: string[] = [];
  readEntries(union.fd(directory), (name, type, ino) => {
    if (isMark(name)) return;
    if (type === TYPE.directory) {
      below.push(name);
      return;
    }
    const known = seen.get(ino);
    if (known === undefined) seen.set(ino, `${path}/${name}`);
    else if (typeof known === 'string') seen.set(ino, [known, `${path}/${name}`]);
    else known.push(`${path}/${name}`);
  });
  return below;
}

/** A name in the union. */
type Place = Link;

/**
 * Puts a copy under all names that the union shows of its file. `names` are those in the file's branch.
 *
 * Until the last of them has it the copy stands in the directory of pseudo links, called by its number, and is what the names that
 * have it already are links to; {@link finishGroups} goes on after a crash.
 */
export function joinGroup(
  union: Union,
  node: FileNode,
  temporary: string,
  names: readonly string[],
  ino: number,
): void {
  const { branch } = node.home;
  const places: readonly Place[] = [...node.links, ...shownNames(union, branch, names, node)];
  if (places.length === 0) return;
  const store = pseudoLinks(union);
  const number = `${node.ino}`;
  renameAt(union.fd(workOf(union)), temporary, union.fd(store), number);
  const linked = linkAll(union, store, number, places, ino);
  for (const { directory, name } of linked) {
    const entry = directory.index?.get(name);
    if (entry !== undefined) entry.node = node;
    if (!node.links.some((link) => link.directory === directory && link.name === name))
      union.addLink(node, directory, name);
  }
  addKey(union, node, union.numberOf(0, ino));
  const [first] = node.links;
  if (first === undefined) return;
  node.home = copyUpDirectory(union, first.directory);
  node.homeName = first.name;
}

/** Gives the copy every name that still shows the file below, and takes it from the directory of pseudo links. */
function linkAll(
  union: Union,
  store: BranchDirectory,
  number: string,
  places: readonly Place[],
  ino: number,
): readonly Place[] {
  const linked = places.filter(({ directory, name }) => {
    const entry = entryOf(union, directory, name);
    if (entry === undefined || entry.branch === 0) return false;
    const upper = copyUpDirectory(union, directory);
    unnoticed(union, upper, (fd) => makeHardLinkAt(union.fd(store), number, fd, name));
    Object.assign(entry, { branch: 0, ino, hasLower: true });
    return true;
  });
  unlinkAt(union.fd(store), number);
  return linked;
}

/** Goes on with what {@link joinGroup} was in the middle of when a crash came. To be done before anybody uses the union. */
export async function finishGroups(union: Union): Promise<void> {
  const [top] = union.branches;
  if (!union.writable || top === undefined) return;
  const store = new BranchDirectory(0, top, PSEUDO_LINKS);
  for (const number of unfinished(union, store)) {
    const key = Number(number);
    const branch = union.branchOf(key);
    const isOurs = branch > 0 && branch < union.branches.length;
    const names = isOurs ? ((await union.groups.of(union, branch)).get(key) ?? []) : [];
    const places = names.flatMap((path) => shownAt(union, branch, path) ?? []);
    statAt(union.fd(store), number, union.status);
    linkAll(
      union,
      store,
      number,
      places.map(({ directory, entry }) => ({ directory, name: entry.name })),
      union.status.ino,
    );
    for (const { directory } of places) union.dropIfUnused(directory);
  }
}

function unfinished(union: Union, store: BranchDirectory): readonly string[] {
  const names: string[] = [];
  try {
    const fd = openAt(union.fd(store), '.', O_DIRECTORY);
    try {
      readEntries(fd, (name) => names.push(name));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
  return names;
}

/** The names, of those in a branch, that the union shows from that branch, beside those that are known. */
function shownNames(union: Union, branch: number, names: readonly string[], node: FileNode): readonly Place[] {
  return names.flatMap((path) => {
    const found = shownAt(union, branch, path);
    if (found === undefined) return [];
    const { directory, entry } = found;
    const isKnown = node.links.some((link) => link.directory === directory && link.name === entry.name);
    return isKnown ? [] : [{ directory, name: entry.name }];
  });
}

/** What the union shows of a path of a branch, where it shows that at all, at the same path and from that branch. */
function shownAt(
  union: Union,
  branch: number,
  path: string,
): { readonly directory: DirectoryNode; readonly entry: IndexEntry } | undefined {
  const names = path.split('/').slice(1);
  const last = names.pop() ?? '';
  let directory = union.root;
  let part = union.branches[branch];
  for (const name of names) {
    const entry = entryOf(union, directory, name);
    const isShown = part !== undefined && entry?.parts?.includes(part) === true;
    const node = isShown && entry !== undefined ? nodeOf(union, directory, entry) : undefined;
    if (part === undefined || node?.kind !== 'directory') {
      union.dropIfUnused(directory);
      return undefined;
    }
    indexOf(union, node);
    const parent: BranchDirectory = part;
    part = node.parts.find((candidate) => candidate.parent === parent && candidate.name === name);
    directory = node;
  }
  const entry = part === undefined ? undefined : entryOf(union, directory, last);
  if (entry?.branch === branch) return { directory, entry };
  union.dropIfUnused(directory);
  return undefined;
}

function pseudoLinks(union: Union): BranchDirectory {
  const [top] = union.branches;
  if (top === undefined) throw new Error('A union has at least one branch.');
  try {
    unnoticed(union, top, (fd) => makeDirectoryAt(fd, PSEUDO_LINKS, 0o700));
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
  return new BranchDirectory(0, top, PSEUDO_LINKS);
}
