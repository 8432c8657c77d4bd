import { type BigIntStats, closeSync, constants, fstatSync } from 'node:fs';
import type { BytePath } from '@graphdriver/archive';
import {
  changeFileMode,
  changeFileOwner,
  changeModeAt,
  changeOwnerAt,
  copyAbilities,
  copyFileData,
  isErrno,
  makeDirectoryAt,
  makeHardLinkAt,
  makeNodeAt,
  makeSymlinkAt,
  type Owner,
  openAt,
  setFileTimes,
  setTimesAt,
  TimeSlice,
  unlinkAt,
  writeBytes,
  writeXattrAt,
} from '@graphdriver/host';
import { refuseAborted, StoreError } from '../../store-error.ts';
import { childPath, nameOf, parentOf, textPath } from './clean-path.ts';
import { changedMeanwhile, nodeKind, type Stamps, stampOf } from './source-node.ts';
import type { SourceTree } from './source-tree.ts';
import type { TargetRoot } from './target-root.ts';
import { timeAt } from './time-at.ts';

const CREATE_NEW = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY;
const TYPE_BITS = 0o170000;

/** How files are copied. */
export interface CopyRules {
  /** Whom they belong to; `null` for those whom they belong to where they come from. */
  readonly owner: Owner | null;
  /** Their permissions; `null` for those that they have. */
  readonly mode: number | null;
  /** The states that the cache's key was made from. */
  readonly stamps: Stamps;
  readonly signal?: AbortSignal;
}

/**
 * Copies files out of one tree into another, over what is there: a directory is merged into a directory, a file replaces anything but a
 * directory, and a directory nothing but a directory. Times are kept, and names of one file stay so.
 */
export class FileCopier {
  readonly #tree: SourceTree;
  readonly #target: TargetRoot;
  readonly #rules: CopyRules;
  readonly #slice = new TimeSlice();
  readonly #abilities = copyAbilities();
  /** Where a file with several names has been copied to. */
  readonly #copies = new Map<string, BytePath>();

  constructor(tree: SourceTree, target: TargetRoot, rules: CopyRules) {
    this.#tree = tree;
    this.#target = target;
    this.#rules = rules;
  }

  /** Copies what is in a directory into another, which is there. */
  async copyContents(from: BytePath, to: BytePath): Promise<void> {
    const inner: BytePath[] = [];
    for (const name of this.#tree.list(from)) {
      const stat = this.#stat(childPath(from, name));
      if (stat.isDirectory()) inner.push(name);
      else await this.copyFile(childPath(from, name), childPath(to, name));
    }
    for (const name of inner) await this.#copyDirectory(childPath(from, name), childPath(to, name));
  }

  /** Copies one thing that is no directory. `to` is a name in a real directory. */
  async copyFile(from: BytePath, to: BytePath): Promise<void> {
    refuseAborted(this.#rules.signal, 'Copying files');
    if (this.#slice.over) await this.#slice.pause();
    const stat = this.#stat(from);
    const directory = this.#target.realDirectory(parentOf(to));
    try {
      replaceable(directory, nameOf(to), to);
      if (this.#linked(stat, directory, to)) return;
      if (stat.isFile()) await this.#copyRegular(from, directory, nameOf(to), stat);
      else this.#copySpecial(from, directory, nameOf(to), stat);
    } finally {
      closeSync(directory);
    }
  }

  async #copyDirectory(from: BytePath, to: BytePath): Promise<void> {
    const stat = this.#stat(from);
    this.#inParent(to, (parent, name) => {
      makeOrKeepDirectory(parent, name, to);
      this.#setOwnerAndMode(parent, name, stat);
      this.#copyXattrs(from, parent, name);
    });
    // No descriptor is held meanwhile: a tree may be deeper than a process has descriptors.
    await this.copyContents(from, to);
    this.#target.setTime(to, stat.mtimeNs);
  }

  #inParent(to: BytePath, use: (parent: number, name: BytePath) => void): void {
    const parent = this.#target.realDirectory(parentOf(to));
    try {
      use(parent, nameOf(to));
    } finally {
      closeSync(parent);
    }
  }

  #stat(path: BytePath): BigIntStats {
    const stat = this.#tree.stat(path);
    if (stat === undefined || this.#rules.stamps.get(path) !== stampOf(stat)) throw changedMeanwhile(path);
    return stat;
  }

  /** Gives the copy of a file that was copied under another name this name as well. */
  #linked(stat: BigIntStats, directory: number, to: BytePath): boolean {
    if (stat.nlink < 2n) return false;
    const identity = `${stat.dev}:${stat.ino}`;
    const first = this.#copies.get(identity);
    if (first === undefined) {
      this.#copies.set(identity, to);
      return false;
    }
    const firstDirectory = this.#target.realDirectory(parentOf(first));
    try {
      makeHardLinkAt(firstDirectory, nameOf(first), directory, nameOf(to));
    } finally {
      closeSync(firstDirectory);
    }
    return true;
  }

  async #copyRegular(from: BytePath, directory: number, name: BytePath, stat: BigIntStats): Promise<void> {
    const source = this.#tree.open(from);
    let copy: number | undefined;
    try {
      if (stampOf(fstatSync(source, { bigint: true })) !== stampOf(stat)) throw changedMeanwhile(from);
      copy = openAt(directory, name, CREATE_NEW, 0o600);
      const { signal } = this.#rules;
      await copyFileData(source, copy, Number(stat.size), {
        abilities: this.#abilities,
        ...(signal === undefined ? {} : { signal }),
      });
      // Whoever wrote into the file while it was copied has changed its times.
      if (stampOf(fstatSync(source, { bigint: true })) !== stampOf(stat)) throw changedMeanwhile(from);
      const { uid, gid } = this.#ownerOf(stat);
      changeFileOwner(copy, uid, gid);
      this.#copyXattrs(from, directory, name);
      changeFileMode(copy, this.#modeOf(stat));
      setFileTimes(copy, { atime: stat.mtimeNs, mtime: stat.mtimeNs });
    } finally {
      closeSync(source);
      if (copy !== undefined) closeSync(copy);
    }
  }

  /** Sockets are passed over: no layer can hold one. */
  #copySpecial(from: BytePath, directory: number, name: BytePath, stat: BigIntStats): void {
    const kind = nodeKind(stat);
    if (kind === 'socket') return;
    if (kind === 'symlink') {
      makeSymlinkAt(this.#tree.readLink(from), directory, name);
      const { uid, gid } = this.#ownerOf(stat);
      changeOwnerAt(directory, name, uid, gid);
    } else {
      makeNodeAt(directory, name, (Number(stat.mode) & TYPE_BITS) | 0o600, Number(stat.rdev));
      this.#setOwnerAndMode(directory, name, stat);
    }
    this.#copyXattrs(from, directory, name);
    setTimesAt(directory, name, timeAt(stat.mtimeNs), timeAt(stat.mtimeNs));
  }

  #setOwnerAndMode(directory: number, name: BytePath, stat: BigIntStats): void {
    const { uid, gid } = this.#ownerOf(stat);
    changeOwnerAt(directory, name, uid, gid);
    changeModeAt(directory, name, this.#modeOf(stat));
  }

  #copyXattrs(from: BytePath, directory: number, name: BytePath): void {
    for (const [attribute, value] of this.#tree.xattrs(from)) writeXattrAt(directory, name, attribute, value);
  }

  #ownerOf(stat: BigIntStats): Owner {
    return this.#rules.owner ?? { uid: Number(stat.uid), gid: Number(stat.gid) };
  }

  #modeOf(stat: BigIntStats): number {
    return this.#rules.mode ?? Number(stat.mode) & 0o7777;
  }
}

/** Writes a text to a file of the image, of 1970, replacing anything but a directory. `to` is a name in a real directory. */
export function writeText(
  target: TargetRoot,
  to: BytePath,
  text: string,
  { owner, mode }: { readonly owner: Owner; readonly mode: number },
): void {
  const directory = target.realDirectory(parentOf(to));
  try {
    replaceable(directory, nameOf(to), to);
    const file = openAt(directory, nameOf(to), CREATE_NEW, 0o600);
    try {
      writeBytes(file, Buffer.from(text));
      changeFileOwner(file, owner.uid, owner.gid);
      changeFileMode(file, mode);
      setFileTimes(file, { atime: 0n, mtime: 0n });
    } finally {
      closeSync(file);
    }
  } finally {
    closeSync(directory);
  }
}

/** Removes what has the name. */
function replaceable(directory: number, name: BytePath, path: BytePath): void {
  try {
    unlinkAt(directory, name);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    if (isErrno(error, 'EISDIR', 'EPERM')) throw inTheWay(path, 'a directory of the image is in the way of a file');
    throw error;
  }
}

function makeOrKeepDirectory(parent: number, name: BytePath, path: BytePath): void {
  try {
    makeDirectoryAt(parent, name, 0o700);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
    try {
      // A link is not followed: that would be ELOOP or ENOTDIR.
      closeSync(openAt(parent, name, constants.O_RDONLY | constants.O_DIRECTORY));
    } catch {
      throw inTheWay(path, 'a file or link of the image is in the way of a directory');
    }
  }
}

function inTheWay(path: BytePath, what: string): StoreError {
  return new StoreError('BUILD_FAILED', `/${textPath(path)}: ${what}.`, { details: { path: `/${textPath(path)}` } });
}
