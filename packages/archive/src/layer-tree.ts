import { type BigIntStats, lstatSync } from 'node:fs';
import {
  createDirectory,
  firstPermissions,
  ownerOfNewFiles,
  readXattr,
  removeTree,
  unlinkFile,
  writeXattr,
} from '@graphdriver/host';
import { opaqueXattr } from './branch-notation.ts';
import { joinPath } from './byte-path.ts';
import { DirectoryState } from './directory-state.ts';
import { invalidArchive, shown } from './invalid-archive.ts';
import {
  attributesOf,
  DEFAULT_ACL,
  DEFAULT_DIRECTORY,
  type NodeAttributes,
  OWNER_MAY_WRITE,
  removeInheritedAcl,
  setDirectoryAttributes,
} from './node-attributes.ts';
import type { BytePath, TreeNode } from './tree.ts';
import type { UnpackTarget } from './unpack-target.ts';

const LONGEST_PATH = 4095;
const YES = Buffer.from('y');

/** Where a directory was found: known here, only in the lower tree, deleted by a whiteout, or (`undefined`) nowhere. */
export type FoundDirectory = DirectoryState | 'lower' | 'whiteout' | undefined;

/**
 * The tree that an archive is unpacked into: the target directory, and what shows through from the tree underneath.
 *
 * No path is used before each of its parents is known to be a real directory: a symbolic link in the place of one, whoever put
 * it there, is refused. Nobody else writes here meanwhile, so what is known once stays true.
 */
export class LayerTree {
  readonly root: DirectoryState;
  /** Deletions are written down as overlayfs reads them. */
  readonly keepsWhiteouts: boolean;
  readonly #lower: UnpackTarget['lower'];
  readonly #prefix: string;
  readonly #opaque: string;
  #entered: DirectoryState | undefined;
  readonly #maker = ownerOfNewFiles();

  constructor(target: UnpackTarget) {
    this.#prefix = Buffer.from(target.root).toString('latin1').replace(/\/+$/, '');
    this.#lower = target.lower;
    this.keepsWhiteouts = target.whiteouts !== 'remove';
    this.#opaque = opaqueXattr(target.whiteouts === 'remove' ? 'overlay' : target.whiteouts);
    const stats = lstatSync(this.location(''), { bigint: true });
    this.root = new DirectoryState(null, '', this.#found(this.location(''), stats));
    this.root.merged = target.lower !== null;
  }

  /** The host's path of a path in the tree. @throws {StorageError} `INVALID_ARCHIVE` where no system call would take it */
  location(path: BytePath): Buffer {
    const whole = `${this.#prefix}/${path}`;
    if (whole.length > LONGEST_PATH)
      throw invalidArchive(`The archive names ${shown(path)}, which is too long for this place.`);
    return Buffer.from(whole, 'latin1');
  }

  /** What is at a path of the target itself. */
  stats(path: BytePath): BigIntStats | undefined {
    return lstatSync(this.location(path), { bigint: true, throwIfNoEntry: false });
  }

  /** What the tree underneath has at a path, hidden or not. */
  lowerNode(path: BytePath): TreeNode | undefined {
    return this.#lower?.node(path);
  }

  /** Names in the top directory of the tree underneath. */
  lowerNames(): readonly string[] {
    return this.#lower?.list('').map((entry) => entry.name) ?? [];
  }

  /** Tells a deletion as overlayfs writes it down. */
  isWhiteout(stats: BigIntStats): boolean {
    return this.keepsWhiteouts && stats.isCharacterDevice() && stats.rdev === 0n;
  }

  /** Tells whether the lower directory shows through in this one. */
  merged(state: DirectoryState): boolean {
    state.merged ??=
      state.parent !== null &&
      this.merged(state.parent) &&
      this.lowerNode(state.path)?.type === 'directory' &&
      (state.fresh || readXattr(this.location(state.path), this.#opaque)?.equals(YES) !== true);
    return state.merged;
  }

  /** Lets nothing more show through from underneath. */
  makeOpaque(state: DirectoryState): void {
    writeXattr(this.location(state.path), this.#opaque, YES);
    state.merged = false;
  }

  /** Finds a directory without making anything. @throws {StorageError} `INVALID_ARCHIVE` if a parent is no directory */
  find(path: BytePath): FoundDirectory {
    let state = this.root;
    for (const name of parts(path)) {
      const child = this.child(state, name);
      if (child === 'lower') return this.#findLower(path);
      if (child === undefined || child === 'whiteout') return child;
      state = child;
    }
    return state;
  }

  /** Finds a directory, making it and its parents where they are only implied: as they are underneath, or plain ones. */
  enter(path: BytePath): DirectoryState {
    // Most members of an archive stand beside the one before.
    if (this.#entered?.path === path) return this.#entered;
    let state = this.root;
    for (const name of parts(path)) {
      const child = this.child(state, name);
      state = child instanceof DirectoryState ? child : this.#imply(state, name, child);
    }
    state.touched = true;
    this.#entered = state;
    return state;
  }

  /** Finds one directory in another. */
  child(state: DirectoryState, name: string): FoundDirectory {
    const known = state.child(name);
    if (known !== undefined) return known;
    const path = joinPath(state.path, name);
    const stats = this.stats(path);
    if (stats !== undefined) {
      if (stats.isDirectory()) return this.#adopt(state, name, stats);
      if (this.isWhiteout(stats)) return 'whiteout';
      throw notDirectory(path);
    }
    if (!this.merged(state)) return undefined;
    return this.#lowerDirectory(path) ? 'lower' : undefined;
  }

  /** The permissions to make a file or directory with that will have these attributes. */
  firstPermissions(attributes: NodeAttributes): number {
    return firstPermissions(attributes, this.#maker);
  }

  /** Makes a directory that is not there, without attributes yet. Fails with EEXIST where anything has the name. */
  makeDirectory(parent: DirectoryState, name: string, attributes: NodeAttributes): DirectoryState {
    const location = this.location(joinPath(parent.path, name));
    createDirectory(location, this.firstPermissions(attributes) | OWNER_MAY_WRITE);
    if (parent.passesOnAcl) removeInheritedAcl(location);
    parent.touched = true;
    return new DirectoryState(parent, name, { fresh: true, mtime: 0n, passesOnAcl: false });
  }

  /** The directory of this name in the target itself; `undefined` where something else has the name. */
  upperDirectory(parent: DirectoryState, name: string): DirectoryState | undefined {
    const known = parent.child(name);
    if (known !== undefined) return known;
    const path = joinPath(parent.path, name);
    const stats = this.stats(path);
    return stats?.isDirectory() === true ? this.#adopt(parent, name, stats) : undefined;
  }

  /** Makes a directory in the place of something else, a whiteout perhaps. What that has hidden underneath stays hidden. */
  replaceByDirectory(parent: DirectoryState, name: string, attributes: NodeAttributes): DirectoryState {
    unlinkFile(this.location(joinPath(parent.path, name)));
    const state = this.makeDirectory(parent, name, attributes);
    if (this.merged(state)) this.makeOpaque(state);
    return state;
  }

  /** Removes whatever has a name in the target; nothing where nothing has. */
  async remove(parent: DirectoryState, name: string): Promise<void> {
    const path = joinPath(parent.path, name);
    parent.touched = true;
    if (this.upperDirectory(parent, name) === undefined) {
      unlinkFile(this.location(path));
    } else {
      await removeTree(this.location(path));
      parent.forget(name);
      this.#entered = undefined;
    }
  }

  #imply(parent: DirectoryState, name: string, found: 'lower' | 'whiteout' | undefined): DirectoryState {
    const path = joinPath(parent.path, name);
    const below = found === 'lower' ? this.lowerNode(path) : undefined;
    const attributes: NodeAttributes = below === undefined ? DEFAULT_DIRECTORY : attributesOf(below);
    const state =
      found === 'whiteout'
        ? this.replaceByDirectory(parent, name, attributes)
        : this.makeDirectory(parent, name, attributes);
    setDirectoryAttributes(state, this.location(path), attributes);
    return state;
  }

  #findLower(path: BytePath): 'lower' | undefined {
    let seen = '';
    for (const name of parts(path)) {
      seen = joinPath(seen, name);
      if (!this.#lowerDirectory(seen)) return undefined;
    }
    return 'lower';
  }

  #lowerDirectory(path: BytePath): boolean {
    const node = this.lowerNode(path);
    if (node !== undefined && node.type !== 'directory') throw notDirectory(path);
    return node !== undefined;
  }

  #adopt(parent: DirectoryState, name: string, stats: BigIntStats): DirectoryState {
    return new DirectoryState(parent, name, this.#found(this.location(joinPath(parent.path, name)), stats));
  }

  #found(location: Buffer, stats: BigIntStats): { fresh: false; mtime: bigint; passesOnAcl: boolean } {
    return { fresh: false, mtime: stats.mtimeNs, passesOnAcl: readXattr(location, DEFAULT_ACL) !== undefined };
  }
}

function parts(path: BytePath): readonly string[] {
  return path === '' ? [] : path.split('/');
}

function notDirectory(path: BytePath): Error {
  return invalidArchive(
    `The archive has something under ${shown(path)}, which is not a directory but a link or a file.`,
  );
}
