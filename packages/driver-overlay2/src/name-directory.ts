import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { changeMode, isErrno, makeDirectory, makeSymlink, TimeSlice, unlinkFile } from '@graphdriver/host';
import type { Overlay2Layout } from './layout.ts';
import { isShortName } from './short-names.ts';

/** Its mode, once every committed layer has its name in it; while some may be missing, it is `UNFINISHED`. */
const FINISHED = 0o710;
const UNFINISHED = 0o700;

/**
 * The directory `l/`, in which short names lead to layers.
 *
 * A name is a layer's own when the layer's `link` says it and the name leads to the layer. `link` is written first and the name taken away
 * first, so that whoever finds a name whose layer's `link` does not say it has found a leftover, and may take it.
 */
export class NameDirectory {
  readonly #layout: Overlay2Layout;

  constructor(layout: Overlay2Layout) {
    this.#layout = layout;
  }

  /** Tells whether all committed layers had their names here when somebody last looked. Costs one system call. */
  get complete(): boolean {
    const found = lstatSync(this.#layout.names, { throwIfNoEntry: false });
    return found?.isDirectory() === true && (found.mode & 0o7777) === FINISHED;
  }

  leadsTo(name: string, id: string): boolean {
    return targetOf(this.#layout.named(name)) === this.#layout.target(id);
  }

  /**
   * Makes a name lead to a layer; one that does already is fine. Of several processes and layers that claim a name at once, one gets it.
   * False where it is another layer's own, or nothing that this driver may replace.
   */
  claim(name: string, id: string): boolean {
    if (this.#make(name, id) || this.leadsTo(name, id)) return true;
    const found = targetOf(this.#layout.named(name));
    if (found === undefined || this.#isOwned(name, found)) return false;
    removeIfThere(this.#layout.named(name));
    return this.#make(name, id);
  }

  /** Takes a name away, where it leads to the layer. */
  release(name: string, id: string): void {
    if (this.leadsTo(name, id)) removeIfThere(this.#layout.named(name));
  }

  /** Takes away what is no layer's own, when every layer has got its name; makes the directory where it is missing. */
  async sweep(): Promise<void> {
    this.#makeDirectory();
    const slice = new TimeSlice();
    for (const name of readdirSync(this.#layout.names)) {
      const target = targetOf(this.#layout.named(name));
      // What is no link has been put there by somebody else.
      if (target !== undefined && !this.#isOwned(name, target)) removeIfThere(this.#layout.named(name));
      if (slice.over) await slice.pause();
    }
    if (!this.complete) changeMode(this.#layout.names, FINISHED);
  }

  #isOwned(name: string, target: string): boolean {
    const owner = this.#layout.idOfTarget(target);
    return owner !== undefined && nameInLink(this.#layout, owner) === name;
  }

  /** False where something has the name. */
  #make(name: string, id: string): boolean {
    const [path, target] = [this.#layout.named(name), this.#layout.target(id)];
    try {
      try {
        makeSymlink(target, path);
      } catch (error) {
        if (!isErrno(error, 'ENOENT')) throw error;
        this.#makeDirectory();
        makeSymlink(target, path);
      }
      return true;
    } catch (error) {
      if (isErrno(error, 'EEXIST')) return false;
      throw error;
    }
  }

  #makeDirectory(): void {
    try {
      makeDirectory(this.#layout.names, UNFINISHED);
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
    }
  }
}

/** The name that a layer's `link` says, or `undefined` where it says none: missing, empty, or not to be read. */
export function nameInLink(layout: Overlay2Layout, id: string): string | undefined {
  const text = textIn(layout.link(id))?.trim();
  return text !== undefined && isShortName(text) ? text : undefined;
}

/** What a small file says; one that is no file, or that the disk does not give back, is as good as lost. */
export function textIn(path: string): string | undefined {
  return unlessLost(() => readFileSync(path, 'latin1'));
}

/** Takes a file's name away. One that is gone is fine. */
export function removeIfThere(path: string): void {
  try {
    unlinkFile(path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}

function targetOf(path: string): string | undefined {
  return unlessLost(() => readlinkSync(path));
}

const LOST = ['ENOENT', 'ENOTDIR', 'EISDIR', 'EINVAL', 'ELOOP', 'EIO', 'EUCLEAN'];

function unlessLost(read: () => string): string | undefined {
  try {
    return read();
  } catch (error) {
    if (isErrno(error, ...LOST)) return undefined;
    throw error;
  }
}
