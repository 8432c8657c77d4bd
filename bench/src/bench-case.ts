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

/**
 * What a program does to a file, none of them through a link, and each to be done twice to one file.
 *
 * `append`: opens it, writes one byte at the end, closes it. `middle`: the same in the middle. `truncate`: opens it, cuts it to half
 * its size, closes it. `empty`: opens it with O_TRUNC, as a shell does for `>`. `open`: opens it for writing, and closes it.
 * The others are the system calls of that name: another mode, owner, name, time, or attribute, or one more name.
 */
export const TOUCHES = [
  'append',
  'middle',
  'truncate',
  'empty',
  'open',
  'chmod',
  'chown',
  'rename',
  'link',
  'utimens',
  'setxattr',
] as const;

/** One of {@link TOUCHES}. */
export type Touch = (typeof TOUCHES)[number];

/** Where a file lies in cases around a cell of the grid: as there, with `home` placement and `warm` caches. */
export interface FilePlace {
  readonly size: number;
  readonly layers: number;
  readonly directories: number;
}

/** The first touch of one kind of a file of a lower layer. */
export interface TouchCase extends FilePlace {
  readonly workload: 'touch';
  readonly touch: Touch;
}

/** The first append to a file of which only a block at either end is written. */
export interface SparseCase extends FilePlace {
  readonly workload: 'sparse';
}

/** First appends to `writers` files of one container at once, until the last of them is done. */
export interface ConcurrencyCase extends FilePlace {
  readonly workload: 'concurrency';
  readonly writers: number;
}

/** A case that is measured on the layers of the grid, which it shares with others. */
export type GroundCase = CopyUpCase | TouchCase | SparseCase | ConcurrencyCase;

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

/**
 * What one container takes on the disk and makes the device write, step by step, on an image of `files` files of `fileSize` bytes: it
 * appends `append` bytes to one of them, and as many once more, truncates it, and removes it.
 */
export interface SpaceCase {
  readonly workload: 'space';
  readonly files: number;
  readonly fileSize: number;
  readonly append: number;
}

/**
 * What programs do in the mount of a container. `install` is dpkg's, of a package; `checkout` is git's, from one commit to another;
 * `sqlite` are transactions, each of which waits for the disk.
 */
export type InsideWork = 'find' | 'tar' | 'cp' | 'rm' | 'chown' | 'install' | 'compile' | 'checkout' | 'sqlite';

/** The unit of {@link InsideCase.amount} for each work. */
export const INSIDE_UNITS: Readonly<Record<InsideWork, 'files' | 'sources' | 'transactions'>> = {
  find: 'files',
  tar: 'files',
  cp: 'files',
  rm: 'files',
  chown: 'files',
  install: 'files',
  compile: 'sources',
  checkout: 'files',
  sqlite: 'transactions',
};

/** A package that is installed has one file for so many of the tree. */
export const PACKAGE_SHARE = 10;

/**
 * A program at work in a fresh container, on an image of four layers: `amount` files of its tree, to which `install` adds a tenth;
 * sources to be compiled; files of a repository; or transactions.
 */
export interface InsideCase {
  readonly workload: 'inside';
  readonly work: InsideWork;
  readonly amount: number;
}

/** Starting, unmounting and removing `containers` containers on one image, `atOnce` of them at any moment. */
export interface ManyCase {
  readonly workload: 'many';
  readonly containers: number;
  readonly atOnce: number;
}

/** The life of one container on `layers` layers, in which it writes `written` bytes that nobody syncs. */
export interface ChainCase {
  readonly workload: 'chain';
  readonly layers: number;
  readonly written: number;
}

/** Something to be measured on every target. */
export type BenchCase =
  | GroundCase
  | LifecycleCase
  | ApplyCase
  | DifferenceCase
  | WhereCase
  | SpaceCase
  | InsideCase
  | ManyCase
  | ChainCase;

/**
 * What is timed in a case.
 *
 * `copy_up`: a `plain` append of one byte to the same file in a plain directory of the same file system, the `first` one to the file
 * in a fresh container, and a `second` one to that.
 * `touch`, `sparse`, `concurrency`: the same with what they do in place of the append.
 * `where`: those two appends and the driver's calls, all of them on one container.
 * `space`: nothing at all (`idle`), an append to a `plain` file, and then on one container the driver's calls, two appends, `truncate`
 * and `unlink`; what counts are the bytes after each step and not its time.
 * `inside`: a program's work in a `plain` directory of the same file system, which is what a volume is, and in a fresh container (`first`).
 * `many`: the `start` of each container, which is create and get; and, from the first to the last, the starts of all of them
 * (`start_all`), all puts and all removes.
 * `chain`: the driver's calls, and between `put` and `remove` the `sync` of what the put has left to be written to the disk.
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
  | 'diff'
  | 'idle'
  | 'truncate'
  | 'unlink'
  | 'start'
  | 'start_all'
  | 'put_all'
  | 'remove_all'
  | 'sync';

/** The operations of each workload, in the order in which they are timed. */
export const OPERATIONS: Readonly<Record<BenchCase['workload'], readonly Operation[]>> = {
  copy_up: ['plain', 'first', 'second'],
  touch: ['plain', 'first', 'second'],
  sparse: ['plain', 'first', 'second'],
  concurrency: ['plain', 'first', 'second'],
  lifecycle: ['create', 'get', 'put', 'remove'],
  apply: ['apply'],
  difference: ['changes', 'diff'],
  where: ['create', 'get', 'first', 'second', 'put', 'remove'],
  space: ['idle', 'plain', 'create', 'get', 'first', 'second', 'truncate', 'unlink', 'put', 'remove'],
  inside: ['plain', 'first'],
  many: ['start', 'start_all', 'put_all', 'remove_all'],
  chain: ['create', 'get', 'put', 'sync', 'remove'],
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
    case 'touch':
      return `touch/${of.touch}/${placeId(of)}`;
    case 'sparse':
      return `sparse/${placeId(of)}`;
    case 'concurrency':
      return `concurrency/${of.writers}-at-once/${placeId(of)}`;
    case 'space':
      return `space/${of.files}-files/${exactBytes(of.fileSize)}/append-${exactBytes(of.append)}`;
    case 'inside':
      return `inside/${of.work}/${of.amount}-${INSIDE_UNITS[of.work]}`;
    case 'many':
      return `many/${of.containers}-containers/${of.atOnce}-at-once`;
    case 'chain':
      return `chain/${of.layers}-layers/${exactBytes(of.written)}`;
    case 'difference':
      return `difference/${of.changed}-of-${of.files}-files/${exactBytes(of.fileSize)}`;
    default:
      return `${of.workload}/${of.files}-files/${exactBytes(of.fileSize)}`;
  }
}

function placeId({ size, layers, directories }: FilePlace): string {
  return `${exactBytes(size)}/layers-${layers}/directories-${directories}`;
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

/** Tells cases that stand on the layers of the grid from those that bring their own. */
export function isOnGround(of: BenchCase): of is GroundCase {
  switch (of.workload) {
    case 'copy_up':
    case 'touch':
    case 'sparse':
    case 'concurrency':
      return true;
    default:
      return false;
  }
}
