import { lstatSync } from 'node:fs';
import { SubvolumeReader } from '@graphdriver/host';
import { type BytePath, inside } from './nested-subvolumes.ts';

/** The inode number of every subvolume's root directory. */
const ROOT = 256n;

/** Finds the files of a subvolume by their inode numbers. What waits in memory is not found: sync the file system before. */
export class InodePaths implements Disposable {
  readonly #path: string;
  readonly #reader: SubvolumeReader;

  constructor(path: string) {
    this.#path = path;
    this.#reader = new SubvolumeReader(path);
  }

  /** A path of the regular file that has the same number as `file`, which may lie in another subvolume; `undefined` where there is none. */
  sameInodeAs(file: BytePath): BytePath | undefined {
    const names: string[] = [];
    for (let inode = lstatSync(file, { bigint: true }).ino; inode !== ROOT; ) {
      const [found] = this.#reader.namesOf(inode);
      if (found === undefined) return undefined;
      names.unshift(found.name);
      inode = found.directory;
    }
    const path = inside(this.#path, names.join('/'));
    return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true ? path : undefined;
  }

  [Symbol.dispose](): void {
    this.#reader[Symbol.dispose]();
  }
}
