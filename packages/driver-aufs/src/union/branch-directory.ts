import { closeSync, constants, openSync } from 'node:fs';
import { openAt } from '@graphdriver/host';

const O_DIRECTORY = 0o200000;
const TOP_DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** Directories that were used so lately that a call may be in the middle of using them. */
const IN_USE = 16;
/** How many candidates are looked at when one has to go. */
const CANDIDATES = 12;

/**
 * A directory of one branch, known by its parent and its name there and by nothing else: what is renamed above it does not matter.
 *
 * Its descriptor is opened when it is needed, from its parent's, and may be closed at any time; see {@link Descriptors}.
 */
export class BranchDirectory {
  /** 0 is the topmost branch. */
  readonly branch: number;
  /** `null` for the top directory of a branch, and for one that was removed while it is known. */
  parent: BranchDirectory | null;
  name: string;
  /** -1 while it is not open. */
  fd = -1;
  /** When it was last used, in uses of any directory. */
  used = 0;

  constructor(branch: number, parent: BranchDirectory | null, name: string) {
    this.branch = branch;
    this.parent = parent;
    this.name = name;
  }
}

/** The open directories of a union's branches: as many as `limit`, beside those that have to stay open. */
export class Descriptors {
  readonly #limit: number;
  readonly #open: BranchDirectory[] = [];
  readonly #pinned = new Set<BranchDirectory>();
  #clock = 0;
  #hand = 0;

  constructor(limit: number) {
    this.#limit = Math.max(limit, 4 * IN_USE);
  }

  /** The top directory of a branch, which stays open. */
  root(branch: number, path: string): BranchDirectory {
    const directory = new BranchDirectory(branch, null, '');
    // The path is the administrator's own: a link on the way is meant. It is text, and not bytes as the names in a branch are.
    directory.fd = openSync(path, TOP_DIRECTORY);
    this.#pinned.add(directory);
    return directory;
  }

  /** The descriptor of a directory, which can be listed too, good until {@link IN_USE} other directories were asked for. */
  of(directory: BranchDirectory): number {
    this.#clock += 1;
    directory.used = this.#clock;
    return directory.fd >= 0 ? directory.fd : this.#opened(directory);
  }

  /** Keeps a directory open that is about to lose its name, until {@link release}. */
  pin(directory: BranchDirectory): void {
    this.of(directory);
    const at = this.#open.indexOf(directory);
    if (at >= 0) this.#removeAt(at);
    this.#pinned.add(directory);
    directory.parent = null;
  }

  /** Closes what is open of a directory that is not needed any more. */
  release(directory: BranchDirectory): void {
    if (directory.fd < 0) return;
    if (!this.#pinned.delete(directory)) {
      const at = this.#open.indexOf(directory);
      if (at >= 0) this.#removeAt(at);
    }
    closeSync(directory.fd);
    directory.fd = -1;
  }

  close(): void {
    for (const directory of [...this.#open, ...this.#pinned]) {
      closeSync(directory.fd);
      directory.fd = -1;
    }
    this.#open.length = 0;
    this.#pinned.clear();
  }

  #opened(directory: BranchDirectory): number {
    const { parent, name } = directory;
    if (parent === null) throw new Error('A directory without a parent was closed while it is known.');
    const fd = openAt(this.of(parent), name, O_DIRECTORY);
    if (this.#open.length >= this.#limit) this.#closeOne();
    directory.fd = fd;
    this.#open.push(directory);
    return fd;
  }

  /** Of some candidates the one that was not used for longest goes. */
  #closeOne(): void {
    let oldest = -1;
    for (let looked = 0; looked < CANDIDATES; looked += 1) {
      this.#hand = (this.#hand + 1) % this.#open.length;
      const used = this.#open[this.#hand]?.used ?? 0;
      if (used > this.#clock - IN_USE) continue;
      if (oldest < 0 || used < (this.#open[oldest]?.used ?? 0)) oldest = this.#hand;
    }
    const directory = this.#open[oldest];
    if (directory === undefined) return;
    this.#removeAt(oldest);
    closeSync(directory.fd);
    directory.fd = -1;
  }

  #removeAt(at: number): void {
    const last = this.#open.pop();
    if (last !== undefined && at < this.#open.length) this.#open[at] = last;
  }
}
