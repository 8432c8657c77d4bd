import { errno } from '@graphdriver/fuse';
import { FileStatus, isErrno, makeSymlinkAt, renameAt, setTimesAt, statAt } from '@graphdriver/host';
import type { BranchDirectory } from './branch-directory.ts';
import { copyUpFile } from './copy-up.ts';
import { copyUpDirectory } from './copy-up-directory.ts';
import { freshEntry } from './creation.ts';
import { entryOf, nodeOf } from './lookup.ts';
import { losing } from './losing-names.ts';
import { isMark, REDIRECT } from './marks.ts';
import { atimeOf, mtimeOf } from './metadata.ts';
import { markMoved } from './moved-directories.ts';
import { type DirectoryNode, type FileNode, TYPE, type UnionEntry, type UnionNode } from './nodes.ts';
import { noteNode } from './note-node.ts';
import { indexOf } from './read-index.ts';
import { lowerPath } from './redirects.ts';
import { clearMarks, forgetName, loseDirectory, loseFile } from './removal.ts';
import type { Union } from './union.ts';
import { makeOpaque, putWhiteout, removeWhiteout } from './whiteouts.ts';

/** A rename, as rename(2) has it with its flags. */
export interface Move {
  readonly from: DirectoryNode;
  readonly name: string;
  readonly to: DirectoryNode;
  readonly newName: string;
  readonly noReplace: boolean;
  readonly exchange: boolean;
  readonly whiteout: boolean;
  /** Which request this is. */
  readonly request: number;
}

/** A move whose two ends were looked at. */
interface Ends {
  readonly source: UnionNode;
  readonly sourceEntry: UnionEntry;
  readonly target: UnionNode | undefined;
  readonly targetEntry: UnionEntry;
}

/**
 * Renames. Atomic, and safe at every moment: what has to be hidden is hidden beforehand, what need not be hidden any more is shown
 * afterwards, and one rename in the writable branch is what makes the difference.
 *
 * A file of a lower branch is copied up first; a directory is not, but gets a record of where its parts are.
 *
 * @throws ENOENT, EEXIST, ENOTDIR, EISDIR, ENOTEMPTY, EPERM for a name that is a mark, EXDEV for a record that is too long, EROFS
 */
export function rename(union: Union, move: Move): Promise<void> | undefined {
  const ends = endsOf(union, move);
  if (ends === undefined) return undefined;
  const waiting = copyUpEnds(union, move, ends);
  if (waiting !== undefined) return waiting.then(() => rename(union, move));
  moveNow(union, move, ends);
  return undefined;
}

/** What is to be moved and what is in its way; `undefined` where both names are one file, and nothing is to be done. */
function endsOf(union: Union, move: Move): Ends | undefined {
  const { from, name, to, newName } = move;
  if (isMark(newName)) throw errno('EPERM');
  if (to.removed) throw errno('ENOENT');
  const sourceEntry = entryOf(union, from, name);
  if (sourceEntry === undefined) throw errno('ENOENT');
  const found = entryOf(union, to, newName);
  if (found !== undefined && move.noReplace) throw errno('EEXIST');
  if (found === undefined && move.exchange) throw errno('ENOENT');
  const source = nodeOf(union, from, sourceEntry);
  const target = found === undefined ? undefined : nodeOf(union, to, found);
  if (source === target) return undefined;
  if (target !== undefined && !move.exchange) checkReplacement(union, source, target);
  const targetEntry = found ?? indexOf(union, to).get(newName) ?? freshEntry(newName);
  return { source, sourceEntry, target, targetEntry };
}

function checkReplacement(union: Union, source: UnionNode, target: UnionNode): void {
  if (source.kind === 'directory') {
    if (target.kind !== 'directory') throw errno('ENOTDIR');
    if (indexOf(union, target).size > 0) throw errno('ENOTEMPTY');
  } else if (target.kind === 'directory') throw errno('EISDIR');
}

function copyUpEnds(union: Union, move: Move, { source, target }: Ends): Promise<void> | undefined {
  copyUpDirectory(union, move.from);
  copyUpDirectory(union, move.to);
  const moving = move.exchange && target !== undefined ? [source, target] : [source];
  for (const node of moving) {
    if (node.kind === 'directory') copyUpDirectory(union, node);
    else {
      const waiting = copyUpFile(union, node);
      if (waiting !== undefined) return waiting;
    }
  }
  return undefined;
}

function moveNow(union: Union, move: Move, ends: Ends): void {
  const { from, to, name, newName } = move;
  const { source, sourceEntry, target, targetEntry } = ends;
  const [upperFrom, upperTo] = [copyUpDirectory(union, from), copyUpDirectory(union, to)];
  if (source.kind === 'directory') settle(union, source, targetEntry);
  // Afterwards there is something under both names, as before.
  if (move.exchange || move.whiteout) union.book?.begin(move.request, source.ino);
  if (move.exchange) {
    if (target?.kind === 'directory') settle(union, target, sourceEntry);
    renameAt(union.fd(upperFrom), name, union.fd(upperTo), newName, 'exchange');
    swapBooks(union, move, ends, upperFrom, upperTo);
    return;
  }
  if (!move.whiteout) putWhiteout(union, upperFrom, sourceEntry);
  const targetIsUpper = targetEntry.branch === 0;
  if (target?.kind === 'file') loseFile(union, to, targetEntry);
  if (target?.kind === 'directory') loseDirectory(union, target);
  // No directory is renamed over while something is in it.
  if (target?.kind === 'directory' && targetIsUpper) clearMarks(union, upperTo, targetEntry);
  const manner = move.whiteout ? 'leave-whiteout' : 'replace';
  losing(union, to, targetEntry, () => renameAt(union.fd(upperFrom), name, union.fd(upperTo), newName, manner));
  removeWhiteout(union, upperTo, targetEntry);
  moveBooks(union, move, ends, upperTo);
  if (move.whiteout) bookDevice(union, from, upperFrom, name);
}

const before = new FileStatus();

/** Before a directory moves: its parts below are those that it has now, wherever it goes. Nothing that anybody sees changes by that. */
function settle(union: Union, node: DirectoryNode, destination: UnionEntry): void {
  indexOf(union, node);
  const upper = copyUpDirectory(union, node);
  const hasLower = node.parts.length > 1;
  if (hasLower ? node.redirect !== undefined : !destination.hasLower) return;
  statAt(union.fd(upper), '', before);
  if (hasLower) record(union, node, upper);
  else makeOpaque(union, upper);
  setTimesAt(union.fd(upper), '', atimeOf(before), mtimeOf(before));
}

function record(union: Union, node: DirectoryNode, upper: BranchDirectory): void {
  const path = lowerPath(node);
  markMoved(union);
  try {
    makeSymlinkAt(path, union.fd(upper), REDIRECT);
  } catch (error) {
    if (isErrno(error, 'ENAMETOOLONG')) throw errno('EXDEV');
    throw error;
  }
  node.redirect = path;
}

function moveBooks(
  union: Union,
  move: Move,
  { source, sourceEntry, target, targetEntry }: Ends,
  upperTo: BranchDirectory,
): void {
  const { from, to, newName } = move;
  const { type, ino } = sourceEntry;
  if (target !== undefined) forgetName(union, to, targetEntry);
  from.index?.hide(sourceEntry);
  show(union, to, targetEntry, { type, ino, parts: source.kind === 'directory' ? [upperTo] : null, node: source });
  if (source.kind === 'directory') moveDirectory(union, source, to, newName, upperTo);
  else moveLink(union, source, move, upperTo);
  union.dropIfUnused(from);
}

function show(
  union: Union,
  directory: DirectoryNode,
  entry: UnionEntry,
  what: Pick<UnionEntry, 'type' | 'ino' | 'parts' | 'node'>,
): void {
  const index = indexOf(union, directory);
  Object.assign(entry, what, { branch: 0 });
  index.put(entry);
  index.list(entry);
}

function moveDirectory(
  union: Union,
  node: DirectoryNode,
  to: DirectoryNode,
  name: string,
  upperTo: BranchDirectory,
): void {
  union.moves += 1;
  if (node.parent !== null) node.parent.children -= 1;
  node.parent = to;
  node.name = name;
  to.children += 1;
  const [upper] = node.parts;
  if (upper !== undefined) {
    upper.parent = upperTo;
    upper.name = name;
  }
  noteNode(union.book, node);
}

function moveLink(union: Union, node: FileNode, { from, name, to, newName }: Move, upperTo: BranchDirectory): void {
  const upperFrom = union.upperOf(from);
  if (node.home === upperFrom && node.homeName === name) {
    node.home = upperTo;
    node.homeName = newName;
  }
  const at = node.links.findIndex((link) => link.directory === from && link.name === name);
  if (at >= 0) {
    node.links.splice(at, 1);
    from.children -= 1;
  }
  union.addLink(node, to, newName);
  if (union.book?.placeOf(node.id) !== undefined) noteNode(union.book, node);
}

function swapBooks(
  union: Union,
  move: Move,
  { source, sourceEntry, target, targetEntry }: Ends,
  upperFrom: BranchDirectory,
  upperTo: BranchDirectory,
): void {
  if (target === undefined) return;
  const { from, name, to, newName } = move;
  const first = { type: sourceEntry.type, ino: sourceEntry.ino, node: source };
  const second = { type: targetEntry.type, ino: targetEntry.ino, node: target };
  Object.assign(targetEntry, first, { parts: source.kind === 'directory' ? [upperTo] : null });
  Object.assign(sourceEntry, second, { parts: target.kind === 'directory' ? [upperFrom] : null });
  if (source.kind === 'directory') moveDirectory(union, source, to, newName, upperTo);
  else moveLink(union, source, move, upperTo);
  const back = { ...move, from: to, name: newName, to: from, newName: name };
  if (target.kind === 'directory') moveDirectory(union, target, from, name, upperFrom);
  else moveLink(union, target, back, upperFrom);
}

/** RENAME_WHITEOUT has left a device at the old name, which is what an overlay on top of the mount wants to see there. */
function bookDevice(union: Union, directory: DirectoryNode, upper: BranchDirectory, name: string): void {
  statAt(union.fd(upper), name, union.status);
  const { ino } = union.status;
  const entry = directory.index?.get(name) ?? freshEntry(name);
  show(union, directory, entry, { type: TYPE.character, ino, parts: null, node: undefined });
}
