import { formatBytes, parseBytes } from './format-units.ts';

/**
 * One cell of the copy_up table: the first write to a file of `size` bytes that lies in the bottom layer of `layers` committed ones,
 * `directories` directories below the root of the view.
 */
export interface CopyUpCase {
  readonly workload: 'copy_up';
  readonly size: number;
  readonly layers: number;
  readonly directories: number;
}

/** Creating, mounting, unmounting and removing a container on an image of `files` files of `fileSize` bytes. */
export interface LifecycleCase {
  readonly workload: 'lifecycle';
  readonly files: number;
  readonly fileSize: number;
}

/** Something to be measured on every target. */
export type BenchCase = CopyUpCase | LifecycleCase;

/**
 * What is timed in a case.
 *
 * `copy_up`: a `plain` append of one byte to the same file in a plain directory of the same file system, the `first` one to the file
 * in a fresh container, and a `second` one to that.
 * `lifecycle`: the driver's call of that name.
 */
export type Operation = 'plain' | 'first' | 'second' | 'create' | 'get' | 'put' | 'remove';

/** The operations of each workload, in the order in which they are timed. */
export const OPERATIONS: Readonly<Record<BenchCase['workload'], readonly Operation[]>> = {
  copy_up: ['plain', 'first', 'second'],
  lifecycle: ['create', 'get', 'put', 'remove'],
};

/** A case's stable name, as in `copy_up/1MiB/layers-1/directories-16`: the key of its samples in a result file. */
export function caseId(of: BenchCase): string {
  if (of.workload === 'lifecycle') return `lifecycle/${of.files}-files/${exactBytes(of.fileSize)}`;
  return `copy_up/${exactBytes(of.size)}/layers-${of.layers}/directories-${of.directories}`;
}

function exactBytes(bytes: number): string {
  const rounded = formatBytes(bytes, '');
  return parseBytes(rounded) === bytes ? rounded : `${bytes}B`;
}

/** Bytes that an image of the case holds. */
export function imageBytes(of: BenchCase): number {
  return of.workload === 'copy_up' ? of.size : of.files * of.fileSize;
}
