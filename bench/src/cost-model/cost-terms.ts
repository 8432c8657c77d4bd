import { type BenchCase, type CacheState, type CopyUpCase, isOnGround, type Operation } from '../bench-case.ts';
import { cellOf } from '../ground-case.ts';

/**
 * What the cost of an operation can grow with.
 *
 * `size`: bytes, of the file in copy_up, of all files elsewhere. `layers`, `directories`: as in the grid.
 * `merged`: directories that lie in more than one layer and are read as one, counted once for each layer but the first: what the
 * directories cost beyond themselves where every layer has them. `files`, `changed`: numbers of files.
 */
export type CostTerm = 'size' | 'layers' | 'directories' | 'merged' | 'files' | 'changed';

/** One value for each term that the workload knows. */
export type CostShape = Readonly<Partial<Record<CostTerm, number>>>;

/** Cells that one model is fitted to: one operation, and with copy_up one state of the caches. */
export interface CostKind {
  readonly operation: Operation;
  /** `warm` where the workload has no caches to speak of. */
  readonly cache: CacheState;
}

/** Terms by workload that there are models of, the first of them given up last where there are too few cells for all. */
const TERMS: Readonly<Partial<Record<BenchCase['workload'], readonly CostTerm[]>>> = {
  copy_up: ['size', 'layers', 'directories', 'merged'],
  touch: [],
  sparse: [],
  concurrency: [],
  lifecycle: ['size', 'files'],
  where: ['size', 'files'],
  apply: ['size', 'files'],
  difference: ['files', 'changed', 'size'],
};

/** The workloads that an operation is taken from. `where` repeats others on containers that have been written to: its creates and gets are alike. */
const SOURCES: Readonly<Partial<Record<Operation, readonly BenchCase['workload'][]>>> = {
  plain: ['copy_up'],
  first: ['copy_up'],
  second: ['copy_up'],
  create: ['lifecycle', 'where'],
  get: ['lifecycle', 'where'],
  put: ['lifecycle'],
  remove: ['lifecycle'],
  apply: ['apply'],
  changes: ['difference'],
  diff: ['difference'],
};

/** The terms of an operation's cost, in the order in which they matter. */
export function termsOf(operation: Operation): readonly CostTerm[] {
  const [workload] = SOURCES[operation] ?? [];
  return workload === undefined ? [] : (TERMS[workload] ?? []);
}

/** Tells whether a case belongs to a model. */
export function isOfKind(of: BenchCase, { operation, cache }: CostKind): boolean {
  return (
    SOURCES[operation]?.includes(of.workload) === true && (of.workload === 'copy_up' ? of.cache : 'warm') === cache
  );
}

/** What a case has of each term. */
export function shapeOf(of: BenchCase): CostShape {
  if (isOnGround(of)) return copyUpShape(cellOf(of));
  if (!('files' in of)) return {}; // There are no models of it.
  const shape = { size: of.files * of.fileSize, files: of.files };
  return of.workload === 'difference' ? { ...shape, changed: of.changed } : shape;
}

/** The terms of a first write, the file being at home or its directories in every layer. */
export function copyUpShape({
  size,
  layers,
  directories,
  placement,
}: Pick<CopyUpCase, 'size' | 'layers' | 'directories' | 'placement'>): CostShape {
  return { size, layers, directories, merged: placement === 'every' ? directories * (layers - 1) : 0 };
}
