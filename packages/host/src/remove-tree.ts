import { lstatSync, promises, readdirSync } from 'node:fs';
import { StorageError } from '@graphdriver/core';
import { bytes, type DeepDirectory, deepDirectory, walkPath } from './deep-path.ts';
import { isErrno } from './errno.ts';
import { faultPoint } from './fault-point.ts';
import { clearProtection } from './file-flags.ts';
import { displayPath, type FilePath } from './file-path.ts';
import { removeDirectory, unlinkFile } from './files.ts';
import { isMountPoint } from './mountinfo.ts';
import { TimeSlice } from './time-slice.ts';

/** From this size on a file's last name is removed in another thread: ext4 frees some GiB a second. */
const LARGE = 64 << 20;

/**
 * Removes a directory with everything in it, or a single file. Nothing at `path` is no error.
 *
 * Symbolic links are removed and never followed. A directory that is a mount point stops it with `LAYER_IN_USE`: what is mounted is
 * somebody else's data. Immutable and append-only flags are taken away. The event loop gets its turn every 4 ms.
 *
 * @throws the errno error; {StorageError} `LAYER_IN_USE`
 */
export async function removeTree(path: FilePath): Promise<void> {
  const top = walkPath(path);
  const removal = new TreeRemoval();
  try {
    if (!(await removal.removeName(top))) await removal.removeDirectories(top);
  } finally {
    removal.release();
  }
}

interface Frame {
  /** How the parent knows it. */
  readonly path: string;
  readonly directory: DeepDirectory;
  readonly entries: readonly { readonly name: string; readonly isDirectory: boolean }[];
  next: number;
}

class TreeRemoval {
  readonly #slice = new TimeSlice();
  readonly #frames: Frame[] = [];

  release(): void {
    for (const frame of this.#frames) frame.directory.release();
  }

  async removeDirectories(top: string): Promise<void> {
    this.#enter(top);
    for (let frame = this.#frames.at(-1); frame !== undefined; frame = this.#frames.at(-1)) await this.#step(frame);
  }

  #enter(path: string): void {
    if (isMountPoint(bytes(path))) throw mountInside(path);
    const directory = deepDirectory(path);
    const found =
      unlessGone(() => readdirSync(bytes(directory.path), { encoding: 'buffer', withFileTypes: true })) ?? [];
    const entries = found.map((entry) => ({ name: entry.name.toString('latin1'), isDirectory: entry.isDirectory() }));
    this.#frames.push({ path, directory, entries, next: 0 });
  }

  async #step(frame: Frame): Promise<void> {
    for (let entry = frame.entries[frame.next]; entry !== undefined; entry = frame.entries[frame.next]) {
      frame.next += 1;
      if (this.#slice.over) await this.#slice.pause();
      const path = `${frame.directory.path}/${entry.name}`;
      if (entry.isDirectory || !(await this.removeName(path))) {
        this.#enter(path);
        return;
      }
    }
    this.#frames.pop();
    frame.directory.release();
    withoutProtection(frame.path, () => removeDirectory(bytes(frame.path)));
  }

  /** Removes what is no directory; false where it is one. */
  async removeName(path: string): Promise<boolean> {
    const stat = unlessGone(() => lstatSync(bytes(path)));
    if (stat === undefined) return true;
    if (stat.isDirectory()) return false;
    if (stat.size < LARGE || stat.nlink > 1) {
      withoutProtection(path, () => unlinkFile(bytes(path)));
      return true;
    }
    if (stat.isFile()) unlessGone(() => clearProtectionFor(path));
    faultPoint('unlink', bytes(path));
    await promises.unlink(bytes(path));
    return true;
  }
}

/** Removes; where flags forbid that, takes them from the file and its directory and removes again. */
function withoutProtection(path: string, remove: () => void): void {
  try {
    unlessGone(remove);
  } catch (error) {
    if (!isErrno(error, 'EPERM') || !clearProtectionFor(path)) throw error;
    unlessGone(remove);
  }
}

function clearProtectionFor(path: string): boolean {
  const stat = lstatSync(bytes(path));
  const own = (stat.isFile() || stat.isDirectory()) && clearProtection(bytes(path));
  const parent = path.slice(0, Math.max(path.lastIndexOf('/'), 1));
  return clearProtection(bytes(path.includes('/') ? parent : '.')) || own;
}

function unlessGone<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function mountInside(path: string): StorageError {
  return new StorageError('LAYER_IN_USE', `${displayPath(bytes(path))} is a mount point and is not removed.`, {
    hint: 'Unmount it first.',
    details: { path: displayPath(bytes(path)) },
  });
}
