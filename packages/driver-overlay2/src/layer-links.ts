import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { StorageError } from '@graphdriver/core';
import type { BackendLayer } from '@graphdriver/driver-kit';
import { isErrno, makeHardLink, renameFile, writeFileAtomicSync } from '@graphdriver/host';
import type { Overlay2Layout } from './layout.ts';
import { NameDirectory, nameInLink, removeIfThere, textIn } from './name-directory.ts';
import { chainLine, namesInLine, randomName } from './short-names.ts';

/** A layer and what it stands on, which is all that links are made from. */
type Chain = Pick<BackendLayer, 'id' | 'parents'>;

/** Never are so many names taken in vain: there are more of the length of the last ones than a disk has files. */
const MOST_TRIES = 64;

/** What `st_blocks` counts in. */
const BLOCK = 512;

/** What an interrupted change of a file leaves beside it ends in this. */
const ASIDE = '.aside';

/**
 * Docker's short names: `link`, `lower` and `committed` of a layer, and its link in `l/`.
 *
 * Nothing that a layer shows depends on them: they are made from the records, and made again from them wherever they are found missing,
 * empty or wrong. So nobody but `commit` waits for them to reach the disk, and a crash may leave them in any state.
 * Processes that give one layer a name at the same time settle on what its `link` says last.
 */
export class LayerLinks {
  readonly #layout: Overlay2Layout;
  readonly #names: NameDirectory;
  readonly #newName: (attempt: number) => string;

  constructor(layout: Overlay2Layout, newName: (attempt: number) => string = randomName) {
    this.#layout = layout;
    this.#names = new NameDirectory(layout);
    this.#newName = newName;
  }

  /** Gives a new layer its `lower`: one system call, and no block of the disk. The parent cannot be removed meanwhile. */
  adopt({ id, parents }: Chain): void {
    const [parent, ...further] = parents;
    if (parent === undefined || this.#linkLower(parent, this.#layout.lower(id))) return;
    const line = this.#lineOf({ id: parent, parents: further });
    if (!this.#linkLower(parent, this.#layout.lower(id))) writeFileAtomicSync(this.#layout.lower(id), line);
  }

  /** Gives a layer that is being committed its name, and says what stands under it. Repeating it is safe. */
  give(layer: Chain): void {
    this.#lineOf(layer);
    this.#mendLower(layer);
  }

  /** Takes away what {@link give} has made: the name first, so that none leads to a layer that can change. */
  takeBack(id: string): void {
    this.forget(id);
    for (const path of [this.#layout.committed(id), this.#layout.link(id)]) if (existsSync(path)) removeIfThere(path);
    this.#removeAsides(id);
  }

  /** Takes a layer's name from `l/`, before the layer goes. Costs two looks where it has none. */
  forget(id: string): void {
    if (existsSync(this.#layout.link(id))) this.#release(nameInLink(this.#layout, id), id);
    // Where the one file has lost the name, the other has it still.
    if (existsSync(this.#layout.committed(id))) this.#release(this.#lineIn(id)?.[0], id);
  }

  /** The short path to a committed layer's own files, which is made again where it is missing or leads elsewhere. */
  pathOf(id: string): string {
    return this.#layout.named(this.#nameOf(id));
  }

  /** Looks over a layer of which anything may be lost, its parent having been looked over: some ten reads where nothing is. */
  repair(layer: BackendLayer): void {
    this.#removeAsides(layer.id);
    if (layer.kind === 'committed') this.#mendCommitted(layer);
    this.#mendLower(layer);
  }

  /** Bytes of the disk that would be free without these files, those not counted that are other layers' as well. */
  bytesOf(id: string): number {
    const name = nameInLink(this.#layout, id);
    const own = [this.#layout.link(id), this.#layout.lower(id), this.#layout.committed(id)];
    const paths = name === undefined ? own : [...own, this.#layout.named(name)];
    const found = paths.flatMap((path) => lstatSync(path, { throwIfNoEntry: false }) ?? []);
    return found.reduce((sum, { nlink, blocks }) => sum + (nlink === 1 ? blocks * BLOCK : 0), 0);
  }

  /** Tells whether all committed layers had their names when somebody last looked. Costs one system call. */
  get complete(): boolean {
    return this.#names.complete;
  }

  /** Takes away names of layers that are gone, when all others have been looked over. */
  async sweep(): Promise<void> {
    await this.#names.sweep();
  }

  #mendCommitted({ id, parents: [parent, ...further] }: Chain): void {
    const below = parent === undefined ? null : this.#lineOf({ id: parent, parents: further });
    const line = chainLine(this.#nameOf(id), below);
    if (textIn(this.#layout.committed(id)) !== line) writeFileAtomicSync(this.#layout.committed(id), line);
  }

  #mendLower({ id, parents: [parent] }: Chain): void {
    if (parent === undefined) return;
    const [lower, original] = [this.#layout.lower(id), this.#layout.committed(parent)];
    if (isSameFile(lower, original)) return;
    const line = textIn(original);
    if (line === undefined) return;
    const aside = `${lower}${ASIDE}`;
    removeIfThere(aside);
    if (this.#linkLower(parent, aside)) renameFile(aside, lower);
    else if (textIn(lower) !== line) writeFileAtomicSync(lower, line);
  }

  /** False where there is nothing to link to, where it has all the links that it can have, and where none are possible. */
  #linkLower(parent: string, path: string): boolean {
    try {
      makeHardLink(this.#layout.committed(parent), path);
      return true;
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'EMLINK', 'EPERM', 'EXDEV', 'ENOTSUP')) return false;
      throw error;
    }
  }

  /** What `committed` says of a layer that has it or is about to. Made for it and for those beneath it that have lost theirs. */
  #lineOf({ id, parents }: Chain): string {
    const chain = [id, ...parents];
    const lost: string[] = [];
    let line: string | undefined;
    for (const [index, each] of chain.entries()) {
      line = this.#soundLine(each, chain.length - index);
      if (line !== undefined) break;
      lost.push(each);
    }
    for (const each of lost.reverse()) {
      line = chainLine(this.#nameOf(each), line ?? null);
      writeFileAtomicSync(this.#layout.committed(each), line);
    }
    return line ?? '';
  }

  #soundLine(id: string, depth: number): string | undefined {
    const text = textIn(this.#layout.committed(id));
    const names = text === undefined ? undefined : namesInLine(text);
    return names?.length === depth && names[0] === nameInLink(this.#layout, id) ? text : undefined;
  }

  #lineIn(id: string): readonly string[] | undefined {
    const text = textIn(this.#layout.committed(id));
    return text === undefined ? undefined : namesInLine(text);
  }

  /** The name of a layer that has one or is about to: what its `link` says, else what its `committed` says, else a new one. */
  #nameOf(id: string): string {
    const kept = nameInLink(this.#layout, id);
    if (kept !== undefined && this.#names.leadsTo(kept, id)) return kept;
    return this.#settle(id, kept ?? this.#lineIn(id)?.[0] ?? this.#newName(0));
  }

  #settle(id: string, wanted: string): string {
    let name = wanted;
    for (let attempt = 1; attempt <= MOST_TRIES; attempt += 1) {
      if (nameInLink(this.#layout, id) !== name) writeFileAtomicSync(this.#layout.link(id), name);
      if (this.#names.claim(name, id)) {
        const last = nameInLink(this.#layout, id);
        if (last === name) return name;
        // Another process was at it, too, and has written after this one.
        this.#release(name, id);
        name = last ?? name;
      } else {
        name = this.#newName(attempt);
      }
    }
    throw new StorageError('CORRUPT_ROOT', `The layer ${id} gets no name in ${this.#layout.names}.`, {
      hint: 'Look at what else is in that directory, and remove it.',
      details: { id },
    });
  }

  #release(name: string | undefined, id: string): void {
    if (name !== undefined) this.#names.release(name, id);
  }

  #removeAsides(id: string): void {
    const folder = this.#layout.layer(id);
    for (const name of readdirSync(folder)) if (name.endsWith(ASIDE)) removeIfThere(join(folder, name));
  }
}

function isSameFile(one: string, other: string): boolean {
  const [found, wanted] = [one, other].map((path) => lstatSync(path, { throwIfNoEntry: false }));
  return found !== undefined && found.ino === wanted?.ino && found.dev === wanted.dev;
}
