import { lstatSync } from 'node:fs';
import { directoryTree, type Touched, type Tree } from '@graphdriver/archive';
import { type CallOptions, throwIfAborted } from '@graphdriver/core';
import { type ChangedInode, SubvolumeReader, subvolumeInfo, TimeSlice } from '@graphdriver/host';

/** The inode number of every subvolume's root directory. */
const ROOT = 256n;

/**
 * What can differ between a subvolume and the one that it is a snapshot of, which nobody has changed since.
 *
 * An inode carries the number of the last transaction that changed it, and keeps its own number in a snapshot. So the file system's tree
 * tells what was touched, and nothing has to be walked: the time it takes is that of reading the leaves of the tree that were written
 * since. What waits in memory is in no tree: sync the file system before.
 */
export async function touchedSince(child: string, parent: string, options: CallOptions): Promise<Touched> {
  using upper = new SubvolumeReader(child);
  using lower = new SubvolumeReader(parent);
  const search = new TouchedNames(upper, lower);
  const slice = new TimeSlice();
  for (const inode of upper.changedInodes(subvolumeInfo(parent).changedAt + 1n)) {
    search.add(inode);
    if (slice.over) await slice.pause();
    throwIfAborted(options.signal, 'Looking for what a layer has changed');
  }
  const [upperTree, lowerTree] = [directoryTree(child), directoryTree(parent)];
  return (directory) => {
    const inode = inodeAt(upperTree, directory);
    // Another directory has been moved here: nothing in it need be new, and yet everything is other than before.
    if (inode !== inodeAt(lowerTree, directory)) return 'all';
    return inode === undefined ? [] : search.namesIn(inode);
  };
}

/** Collects, for each directory, the names that can differ. */
class TouchedNames {
  readonly #upper: SubvolumeReader;
  readonly #lower: SubvolumeReader;
  readonly #names = new Map<bigint, Set<string>>();
  readonly #climbed = new Set<bigint>([ROOT]);

  constructor(upper: SubvolumeReader, lower: SubvolumeReader) {
    this.#upper = upper;
    this.#lower = lower;
  }

  add({ inode, isDirectory }: ChangedInode): void {
    this.#climb(inode);
    if (isDirectory) this.#compareEntries(inode);
  }

  namesIn(directory: bigint): readonly string[] {
    return [...(this.#names.get(directory) ?? [])].sort();
  }

  /** Enters all names of an inode, and those of the directories above. */
  #climb(inode: bigint): void {
    const waiting = [inode];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      for (const { directory, name } of this.#upper.namesOf(next)) {
        this.#enter(directory, name);
        if (this.#climbed.has(directory)) continue;
        this.#climbed.add(directory);
        waiting.push(directory);
      }
    }
  }

  /** Enters the names that are gone, new, or now name something else. */
  #compareEntries(directory: bigint): void {
    const [now, before] = [this.#upper.entriesOf(directory), this.#lower.entriesOf(directory)];
    for (const [name, { inode, isDirectory }] of now) {
      if (before.get(name)?.inode === inode) continue;
      this.#enter(directory, name);
      if (isDirectory && this.#lower.namesOf(inode).length > 0) this.#climbFromMoved(inode);
    }
    for (const name of before.keys()) if (!now.has(name)) this.#enter(directory, name);
  }

  /** By moving a directory every file in it gets another path. Where such a file has more names, they are to be told together. */
  #climbFromMoved(directory: bigint): void {
    const waiting = [directory];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      for (const { inode, isDirectory } of this.#upper.entriesOf(next).values()) {
        if (isDirectory) waiting.push(inode);
        else if (this.#upper.namesOf(inode).length > 1) this.#climb(inode);
      }
    }
  }

  #enter(directory: bigint, name: string): void {
    const names = this.#names.get(directory);
    if (names === undefined) this.#names.set(directory, new Set([name]));
    else names.add(name);
  }
}

function inodeAt(tree: Tree, directory: string): bigint | undefined {
  const location = tree.node(directory)?.location;
  return location === undefined ? undefined : lstatSync(Buffer.from(location, 'latin1'), { bigint: true }).ino;
}
