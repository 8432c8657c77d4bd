import { closeSync, constants, fstatSync, readFileSync, readlinkSync } from 'node:fs';
import type { BytePath } from '@graphdriver/archive';
import {
  changeModeAt,
  changeOwnerAt,
  isErrno,
  makeDirectoryAt,
  type Owner,
  openInRoot,
  openInRootIfAny,
  openRoot,
  setTimesAt,
} from '@graphdriver/host';
import { StoreError } from '../../store-error.ts';
import { childPath, textPath } from './clean-path.ts';
import { timeAt } from './time-at.ts';

const O_PATH = 0o10000000;
const DIRECTORY = O_PATH | constants.O_DIRECTORY;
const LARGEST_TEXT = 16 << 20;

/** When directories were made, and texts of a Dockerfile written: the same each time, so that the same step makes the same layer. */
const BEGINNING = 0n;

/**
 * A layer's mounted view that files are written into. The image may be hostile: links in it lead on inside it, as they would in a container,
 * and never to a file of the host.
 *
 * Writing into a directory does not change its time, once {@link TargetRoot.finish} has been called: otherwise no two builds would make the
 * same layer.
 */
export class TargetRoot implements Disposable {
  readonly #root: number;
  readonly #place: BytePath;
  /** The times that directories are to have, by real path. */
  readonly #times = new Map<BytePath, bigint>();

  constructor(path: string) {
    this.#root = openRoot(path);
    this.#place = placeOf(this.#root);
  }

  /** The directory at a path that has no links in it, to write into; its time is noted. To be closed. */
  realDirectory(path: BytePath): number {
    const directory = openInRoot(this.#root, bytes(path), DIRECTORY, { links: 'refuse' });
    if (!this.#times.has(path)) this.#times.set(path, fstatSync(directory, { bigint: true }).mtimeNs);
    return directory;
  }

  /** Says what time a directory is to have in the end. */
  setTime(path: BytePath, time: bigint): void {
    this.#times.set(path, time);
  }

  /** Gives a directory its time at once: somebody else goes on with it. */
  settle(path: BytePath): void {
    const directory = this.realDirectory(path);
    try {
      const time = timeAt(this.#times.get(path) ?? BEGINNING);
      setTimesAt(directory, '', time, time);
    } finally {
      closeSync(directory);
    }
  }

  /** Takes the time that a directory has now for the one that it is to have. */
  noteTime(path: BytePath): void {
    this.#times.delete(path);
    closeSync(this.realDirectory(path));
  }

  /** Gives all directories that were written into the times that they are to have. */
  finish(): void {
    for (const path of this.#times.keys()) this.settle(path);
  }

  /**
   * The real path of a directory, which is made where it is missing, with 0755 and for `owner`, and so are those above it.
   *
   * @throws {StoreError} `BUILD_FAILED` where something else has the name
   */
  makeDirectories(path: BytePath, owner: Owner): BytePath {
    let made = '';
    for (const part of path.split('/')) {
      if (part === '') continue;
      made = this.#makeDirectory(made, part, owner);
    }
    return made;
  }

  #makeDirectory(parent: BytePath, name: BytePath, owner: Owner): BytePath {
    const path = childPath(parent, name);
    const there = this.#openDirectory(path);
    if (there !== undefined) return this.#closing(there);
    const directory = this.realDirectory(parent);
    try {
      makeDirectoryAt(directory, name, 0o755);
      changeOwnerAt(directory, name, owner.uid, owner.gid);
      changeModeAt(directory, name, 0o755);
      this.setTime(path, BEGINNING);
    } catch (error) {
      // A link that leads nowhere: what it names cannot be made through it.
      if (isErrno(error, 'EEXIST')) throw notADirectory(path);
      throw error;
    } finally {
      closeSync(directory);
    }
    return path;
  }

  /** Where a path leads when links are followed, and whether to a directory; `undefined` where there is nothing. */
  resolve(path: BytePath): { readonly path: BytePath; readonly isDirectory: boolean } | undefined {
    const there = openInRootIfAny(this.#root, bytes(path), O_PATH);
    if (there === undefined) return undefined;
    const isDirectory = fstatSync(there).isDirectory();
    return { path: this.#closing(there), isDirectory };
  }

  /**
   * Where a directory of the view lies on the host: nothing above it is a link.
   *
   * @throws {StoreError} `BUILD_FAILED` for a name that is no UTF-8, which no path in text can say
   */
  hostPath(path: BytePath): string {
    const place = bytes(path === '' ? this.#place : `${this.#place === '/' ? '' : this.#place}/${path}`);
    const text = place.toString();
    if (Buffer.from(text).equals(place)) return text;
    throw new StoreError('BUILD_FAILED', `/${textPath(path)} of the image has a name that is no UTF-8.`);
  }

  /** The text of a file of the image, `''` where there is none. Links are followed inside the view. */
  readText(path: string): string {
    const fd = openInRootIfAny(this.#root, path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (fd === undefined) return '';
    try {
      const stat = fstatSync(fd);
      if (!stat.isFile() || stat.size > LARGEST_TEXT)
        throw new StoreError('BUILD_FAILED', `${path} of the image is no text file.`);
      return readFileSync(fd, 'utf8');
    } finally {
      closeSync(fd);
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#root);
  }

  #openDirectory(path: BytePath): number | undefined {
    try {
      return openInRoot(this.#root, bytes(path), DIRECTORY);
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return undefined;
      if (isErrno(error, 'ENOTDIR')) throw notADirectory(path);
      throw error;
    }
  }

  #closing(directory: number): BytePath {
    try {
      const place = placeOf(directory);
      return place === this.#place ? '' : place.slice(this.#place === '/' ? 1 : this.#place.length + 1);
    } finally {
      closeSync(directory);
    }
  }
}

function placeOf(fd: number): BytePath {
  return readlinkSync(`/proc/self/fd/${fd}`, { encoding: 'buffer' }).toString('latin1');
}

function bytes(path: BytePath): Buffer {
  return Buffer.from(path, 'latin1');
}

function notADirectory(path: BytePath): StoreError {
  return new StoreError('BUILD_FAILED', `/${textPath(path)} in the image is not a directory.`, {
    details: { path: `/${textPath(path)}` },
  });
}
