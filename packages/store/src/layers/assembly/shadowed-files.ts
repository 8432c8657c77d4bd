import { createHash } from 'node:crypto';

/**
 * Tells which members of an archive are not what the layer has under their names in the end, because later members took their places.
 *
 * Remembers a number per file and directory, not their names: two that share one by chance count as the same, which only means that
 * data is kept twice.
 */
export class ShadowedFiles {
  readonly #files = new Map<number, number>();
  readonly #directories = new Set<number>();
  readonly #shadowed = new Set<number>();
  #everything = false;
  #last = -1;

  /** A file's data was left to the layer. `index` counts members. */
  file(path: string, index: number): void {
    this.member(path, false, index);
    this.#files.set(numberOf(path), index);
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const directory = numberOf(path.slice(0, slash));
      if (this.#directories.has(directory)) break;
      this.#directories.add(directory);
    }
  }

  /** Any other member, which takes the place of what has its name. */
  member(path: string, isDirectory: boolean, index: number): void {
    const number = numberOf(path);
    const before = this.#files.get(number);
    if (before !== undefined) {
      this.#shadowed.add(before);
      this.#files.delete(number);
    }
    // A file in the place of a directory takes all that is in it with it. Which files these are is not known here.
    if (!isDirectory && this.#directories.has(number)) {
      this.#everything = true;
      this.#last = index;
    }
  }

  get isEmpty(): boolean {
    return this.#shadowed.size === 0 && !this.#everything;
  }

  /** Whether the data of the member `index` must be kept beside the layer. */
  has(index: number): boolean {
    return this.#shadowed.has(index) || (this.#everything && index <= this.#last);
  }
}

/** 48 bits that depend on all of the path. */
function numberOf(path: string): number {
  return createHash('md5').update(path, 'latin1').digest().readUIntBE(0, 6);
}
