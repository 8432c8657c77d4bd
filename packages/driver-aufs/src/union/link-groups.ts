import { closeSync } from 'node:fs';
import {
  isErrno,
  makeDirectoryAt,
  makeHardLinkAt,
  openAt,
  readEntries,
  renameAt,
  statAt,
  unlinkAt,
} from '@graphdriver/host';
import { BranchDirectory } from './branch-directory.ts';
import { eachDirectory } from './branch-walk.ts';
import { copyUpDirectory, workOf } from './copy-up-directory.ts';
import { addKey, entryOf } from './lookup.ts';
import { isMark, PSEUDO_LINKS } from './marks.ts';
import { unnoticed } from './metadata.ts';
import { pathsInUnion } from './moved-directories.ts';
import { type FileNode, type Link, TYPE } from './nodes.ts';
import { shownAt } from './shown-at.ts';
import type { LinkGroups, Union } from './union.ts';

const O_DIRECTORY = 0o200000;

/*
 * Which names of a branch are the same file. A branch is walked once, when the first file of it that has several names is copied up.
 *
 * All names have to be found then, for all of them must get the copy: the writable branch alone tells what a layer has changed.
 */

/** The paths at which the union may show names of a file that lies in a branch below the writable one. */
export async function namesOf(union: Union, node: FileNode): Promise<readonly string[]> {
  const { branch } = node.home;
  const groups = await groupsOf(union, branch);
  return pathsInUnion(
    union,
    branch,
    node.keys.flatMap((key) => groups.get(key) ?? []),
  );
}

/** All files of a branch that have several names there. */
function groupsOf(union: Union, branch: number): Promise<LinkGroups> {
  const known = union.groups.get(branch);
  if (known !== undefined) return known;
  const groups = walk(union, branch);
  union.groups.set(branch, groups);
  // A walk that failed is tried again by the next file.
  groups.catch(() => union.groups.delete(branch));
  return groups;
}

async function walk(union: Union, branch: number): Promise<LinkGroups> {
  const seen = new Map<number, string | string[]>();
  await eachDirectory(union, branch, (_fd, path, entries) => {
    for (const { name, type, ino } of entries) {
      if (type === TYPE.directory || isMark(name)) continue;
      const known = seen.get(ino);
      if (known === undefined) seen.set(ino, `${path}/${name}`);
      else if (typeof known === 'string') seen.set(ino, [known, `${path}/${name}`]);
      else known.push(`${path}/${name}`);
    }
  });
  const groups = new Map<number, readonly string[]>();
  for (const [ino, paths] of seen) {
    if (typeof paths !== 'string') groups.set(union.numberOf(branch, ino), paths);
  }
  return groups;
}

/** A name in the union. */
type Place = Link;

/**
 * Puts a copy under all names that the union shows of its file, which are among those that it knows and `paths`.
 *
 * Until the last of them has it the copy stands in the directory of pseudo links, called by its number, and is what the names that
 * have it already are links to; {@link finishGroups} goes on after a crash.
 */
export function joinGroup(
  union: Union,
  node: FileNode,
  temporary: string,
  paths: readonly string[],
  ino: number,
): void {
  const places: readonly Place[] = [...node.links, ...shownPlaces(union, paths, node)];
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
    const names = isOurs ? ((await groupsOf(union, branch)).get(key) ?? []) : [];
    const places = placesOf(union, await pathsInUnion(union, branch, names), [key]);
    statAt(union.fd(store), number, union.status);
    linkAll(union, store, number, places, union.status.ino);
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

/** The places, of the paths in the union, that show the file, beside those that are known. */
function shownPlaces(union: Union, paths: readonly string[], node: FileNode): readonly Place[] {
  return placesOf(union, paths, node.keys).filter(({ directory, name }) => {
    return !node.links.some((link) => link.directory === directory && link.name === name);
  });
}

function placesOf(union: Union, paths: readonly string[], keys: readonly number[]): readonly Place[] {
  return paths.flatMap((path) => {
    const shown = keys.map((key) => shownAt(union, path, key)).find((found) => found !== undefined);
    return shown === undefined ? [] : [{ directory: shown.directory, name: shown.entry.name }];
  });
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
