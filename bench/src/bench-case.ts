import { formatBytes, parseBytes } from './format-units.ts';

/** Which layers have the directories above the file: only the bottom one, where the file is at home, or every one of them. */
export type Placement = 'home' | 'every';

/**
 * What the kernel remembers of the file before it is written to.
 *
 * `warm`: its data, its inode and those of all directories above are in memory.
 * `cold`: none of them are; what is looked up or copied is read from the disk.
 */
export type CacheState = 'warm' | 'cold';

/**
 * One cell of the copy_up grid: the first write to a file of `size` bytes that lies in the bottom layer of `layers` committed ones,
 * `directories` directories below the root of the view.
 */
export interface CopyUpCase {
  readonly workload: 'copy_up';
  readonly size: number;
  readonly layers: number;
  readonly directories: number;
  readonly placement: Placement;
  readonly cache: CacheState;
}

/** Creating, mounting, unmounting and removing a container on an image of `files` files of `fileSize` bytes. */
export interface LifecycleCase {
  readonly workload: 'lifecycle';
  readonly files: number;
  readonly fileSize: number;
}

/** Unpacking an archive of `files` files of `fileSize` bytes into an empty layer. */
export interface ApplyCase {
  readonly workload: 'apply';
  readonly files: number;
  readonly fileSize: number;
}

/** Finding out, and packing, what a container has changed: `changed` of its image's `files` files of `fileSize` bytes. */
export interface DifferenceCase {
  readonly workload: 'difference';
  readonly files: number;
  readonly fileSize: number;
  readonly changed: number;
}

/** All that one container pays from create to remove, on an image of `files` files of `fileSize` bytes, one of which it writes to. */
export interface WhereCase {
  readonly workload: 'where';
  readonly files: number;
  readonly fileSize: number;
}

/** Something to be measured on every target. */
export type BenchCase = CopyUpCase | LifecycleCase | ApplyCase | DifferenceCase | WhereCase;

/**
 * What is timed in a case.
 *
 * `copy_up`: a `plain` append of one byte to the same file in a plain directory of the same file system, the `first` one to the file
 * in a fresh container, and a `second` one to that.
 * `where`: those two appends and the driver's calls, all of them on one container.
 * Elsewhere: the driver's call of that name, `apply` being `applyDiff`.
 */
export type Operation =
  | 'plain'
  | 'first'
  | 'second'
  | 'create'
  | 'get'
  | 'put'
  | 'remove'
  | 'apply'
  | 'changes'
  | 'diff';

/** The operations of each workload, in the order in which they are timed. */
export const OPERATIONS: Readonly<Record<BenchCase['workload'], readonly Operation[]>> = {
  copy_up: ['plain', 'first', 'second'],
  lifecycle: ['create', 'get', 'put', 'remove'],
  apply: ['apply'],
  difference: ['changes', 'diff'],
  where: ['create', 'get', 'first', 'second', 'put', 'remove'],
};

/**
 * A case's stable name, as in `copy_up/1MiB/layers-16/directories-1/home/warm` or `apply/1024-files/64KiB`: the key of its samples in
 * a result file. No two cases have the same.
 */
export function caseId(of: BenchCase): string {
  switch (of.workload) {
    case 'copy_up': {
      const shape = `layers-${of.layers}/directories-${of.directories}`;
      return `copy_up/${exactBytes(of.size)}/${shape}/${of.placement}/${of.cache}`;
    }
    case 'difference':
      return `difference/${of.changed}-of-${of.files}-files/${exactBytes(of.fileSize)}`;
    default:
      return `${of.workload}/${of.files}-files/${exactBytes(of.fileSize)}`;
  }
}

/** A size as it stands in names: `16MiB`, and `1048577B` for what no unit says exactly. */
export function exactBytes(bytes: number): string {
  const rounded = formatBytes(bytes, '');
  return parseBytes(rounded) === bytes ? rounded : `${bytes}B`;
}

/** Tells cases of the grid from the others, as in `cases.filter(isCopyUp)`. */
export function isCopyUp(of: BenchCase): of is CopyUpCase {
  return of.workload === 'copy_up';
}
