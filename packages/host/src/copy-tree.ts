import { type BigIntStats, lstatSync, readdirSync, realpathSync } from 'node:fs';
import { throwIfAborted } from '@graphdriver/core';
import { copyAbilities } from './copy-file.ts';
import { copyMetadata } from './copy-metadata.ts';
import { copyRegularFile, copySpecialFile } from './copy-node.ts';
import type { CopyAbilities } from './copy-range.ts';
import { bytes, type DeepDirectory, deepDirectory, walkPath } from './deep-path.ts';
import { errnoError, isErrno } from './errno.ts';
import type { FilePath } from './file-path.ts';
import { makeDirectory, makeHardLink } from './files.ts';
import { ownerOfNewFiles } from './owner-and-mode.ts';
import { TimeSlice } from './time-slice.ts';

/** How far a copy has come. */
export interface CopyProgress {
  readonly entries: number;
  /** Of file content, holes included. */
  readonly bytes: number;
}

/** Options of {@link copyTree}. */
export interface CopyTreeOptions {
  readonly signal?: AbortSignal;
  /** Called every few milliseconds while there is something to tell, and at the end. */
  readonly onProgress?: (progress: CopyProgress) => void;
}

/**
 * Copies a directory with everything in it to `to`, which must not exist or be an empty directory.
 *
 * The copy is exact: names of any bytes, modes with set-id bits, owners, times to the nanosecond, all extended attributes, hard links
 * among the copied names, holes, devices, fifos and sockets. Blocks are shared where the file system can. It crosses mount points.
 * What is changed meanwhile is copied in one of its states. The event loop gets its turn every 4 ms.
 *
 * A copy that fails leaves what it has made so far: `removeTree(to)`.
 *
 * @throws the errno error, EINVAL where `to` lies in `from`; {StorageError} `ABORTED`
 */
export async function copyTree(from: FilePath, to: FilePath, options: CopyTreeOptions = {}): Promise<void> {
  await new TreeCopy(options).run(walkPath(from), walkPath(to));
}

interface Frame {
  readonly from: DeepDirectory;
  readonly to: DeepDirectory;
  readonly names: readonly string[];
  readonly stat: BigIntStats;
  next: number;
}

class TreeCopy {
  readonly #options: CopyTreeOptions;
  readonly #slice = new TimeSlice();
  readonly #maker = ownerOfNewFiles();
  readonly #abilities = new Map<bigint, CopyAbilities>();
  /** Where the first name of each file with several names was copied to. */
  readonly #links = new Map<string, string>();
  readonly #frames: Frame[] = [];
  /** Directories left behind that a path in `#links` still goes through. */
  readonly #kept: DeepDirectory[] = [];
  #entries = 0;
  #bytes = 0;

  constructor(options: CopyTreeOptions) {
    this.#options = options;
  }

  async run(from: string, to: string): Promise<void> {
    const stat = lstatSync(bytes(from), { bigint: true });
    if (!stat.isDirectory()) throw errnoError('copyTree', ENOTDIR, bytes(from));
    refuseInside(from, to);
    makeEmptyDirectory(to);
    try {
      this.#enter(from, to, stat);
      for (let frame = this.#frames.at(-1); frame !== undefined; frame = this.#frames.at(-1)) await this.#step(frame);
      this.#tell();
    } finally {
      for (const { from: source, to: target } of this.#frames)
        for (const directory of [source, target]) directory.release();
      for (const directory of this.#kept) directory.release();
    }
  }

  #enter(from: string, to: string, stat: BigIntStats): void {
    const source = deepDirectory(from);
    const target = deepDirectory(to);
    // The names are read before anything is written, so that a copy into a directory of its own is finite.
    const names = readdirSync(bytes(source.path), { encoding: 'latin1' });
    this.#frames.push({ from: source, to: target, names, stat, next: 0 });
  }

  /** Copies until the directory is done, a subdirectory begins, or others are to have a turn. */
  async #step(frame: Frame): Promise<void> {
    for (let name = frame.names[frame.next]; name !== undefined; name = frame.names[frame.next]) {
      frame.next += 1;
      this.#entries += 1;
      if (this.#slice.over) await this.#pause();
      const [from, to] = [`${frame.from.path}/${name}`, `${frame.to.path}/${name}`];
      const stat = lstatSync(bytes(from), { bigint: true });
      if (stat.isDirectory()) {
        makeDirectory(bytes(to), 0o700);
        this.#enter(from, to, stat);
        return;
      }
      const waiting = this.#copyEntry(from, to, stat);
      if (waiting !== undefined) await waiting;
    }
    this.#leave(frame);
  }

  #leave(frame: Frame): void {
    // Only now: every entry made in it has changed its times, and a default ACL would have changed the entries.
    copyMetadata(frame.from.path, frame.stat, frame.to.path);
    this.#frames.pop();
    frame.from.release();
    if (frame.to.borrowed && this.#links.size > 0) this.#kept.push(frame.to);
    else frame.to.release();
  }

  #copyEntry(from: string, to: string, stat: BigIntStats): Promise<void> | undefined {
    if (stat.nlink > 1n && this.#linked(to, stat)) return undefined;
    if (stat.isFile()) {
      this.#bytes += Number(stat.size);
      return copyRegularFile(
        { from, to, stat, maker: this.#maker },
        this.#abilitiesFor(stat.dev),
        this.#options.signal,
      );
    }
    copySpecialFile({ from, to, stat });
    return undefined;
  }

  /** Gives a file that was copied under another name this one too. */
  #linked(to: string, stat: BigIntStats): boolean {
    const identity = `${stat.dev}:${stat.ino}`;
    const first = this.#links.get(identity);
    if (first === undefined) this.#links.set(identity, to);
    else makeHardLink(bytes(first), bytes(to));
    return first !== undefined;
  }

  /** By the source's device: the target is one file system unless something is mounted in it. */
  #abilitiesFor(device: bigint): CopyAbilities {
    const known = this.#abilities.get(device);
    if (known !== undefined) return known;
    const fresh = copyAbilities();
    this.#abilities.set(device, fresh);
    return fresh;
  }

  async #pause(): Promise<void> {
    throwIfAborted(this.#options.signal, 'Copying a tree');
    this.#tell();
    await this.#slice.pause();
    throwIfAborted(this.#options.signal, 'Copying a tree');
  }

  #tell(): void {
    this.#options.onProgress?.({ entries: this.#entries, bytes: this.#bytes });
  }
}

const ENOTDIR = 20;
const ENOTEMPTY = 39;
const EINVAL = 22;

/** A copy into its own original would copy what it has just made, and so on for ever. */
function refuseInside(from: string, to: string): void {
  const real = (path: string): string => realpathSync.native(bytes(path), 'latin1');
  const slash = to.lastIndexOf('/');
  const target = `${real(slash < 0 ? '.' : to.slice(0, slash + 1))}/${to.slice(slash + 1)}`;
  if (`${target}/`.startsWith(`${real(from)}/`)) throw errnoError('copyTree', EINVAL, bytes(to));
}

function makeEmptyDirectory(path: string): void {
  try {
    makeDirectory(bytes(path), 0o700);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
    if (readdirSync(bytes(path)).length > 0) throw errnoError('copyTree', ENOTEMPTY, bytes(path));
  }
}
