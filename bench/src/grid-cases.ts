import type { BenchCase, CacheState, CopyUpCase, Placement } from './bench-case.ts';

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;
const GIBIBYTE = 1024 * MEBIBYTE;

/** The factors of the copy_up grid. */
export interface GridFactors {
  readonly sizes: readonly number[];
  readonly layers: readonly number[];
  readonly directories: readonly number[];
  readonly placements: readonly Placement[];
  readonly caches: readonly CacheState[];
}

/**
 * The full grid. The kernel's overlay takes 500 layers under the one that is written to; what a driver does not mount is skipped.
 */
export const FULL_GRID: GridFactors = {
  sizes: [4 * KIBIBYTE, MEBIBYTE, 16 * MEBIBYTE, 128 * MEBIBYTE, GIBIBYTE],
  layers: [1, 16, 64, 120, 500],
  directories: [1, 16, 64],
  placements: ['home', 'every'],
  caches: ['warm', 'cold'],
};

/** What of the grid is measured with cold caches, where not everything is: the sizes, at both ends of the usual layer depths. */
export const COLD_SUBSET: GridFactors = {
  ...FULL_GRID,
  layers: [1, 120],
  directories: [1],
  placements: ['home'],
  caches: ['cold'],
};

/**
 * The cells of a grid, from small to large. Where there is one layer it is the home of the directories and every layer as well: that
 * cell is there once, as `home`.
 */
export function gridCases({ sizes, layers, directories, placements, caches }: GridFactors): CopyUpCase[] {
  const cells = caches.flatMap((cache) =>
    placements.flatMap((placement) =>
      sizes.flatMap((size) =>
        directories.flatMap((directory) =>
          layers.map((layer): CopyUpCase => {
            return { workload: 'copy_up', size, layers: layer, directories: directory, placement, cache };
          }),
        ),
      ),
    ),
  );
  return cells.filter((of) => of.layers > 1 || of.placement === 'home' || !placements.includes('home'));
}

/** Which cells {@link fullCases} has. Factors that are left out are those of the full grid. */
export interface FullOptions {
  readonly sizes?: readonly number[];
  readonly layers?: readonly number[];
  readonly directories?: readonly number[];
  readonly placements?: readonly Placement[];
  /** Measures the whole grid with cold caches too, and not a part of it. */
  readonly cold?: boolean;
}

/** The cases of the full run: the grid warm, a part of it cold, and everything that is measured beside it. */
export function fullCases(options: FullOptions = {}): BenchCase[] {
  const { cold = false, ...chosen } = options;
  const warm = gridCases({ ...FULL_GRID, ...chosen, caches: ['warm'] });
  const inSubset = (of: CopyUpCase): boolean =>
    COLD_SUBSET.layers.includes(of.layers) &&
    COLD_SUBSET.directories.includes(of.directories) &&
    COLD_SUBSET.placements.includes(of.placement);
  const colds = gridCases({ ...FULL_GRID, ...chosen, caches: ['cold'] }).filter((of) => cold || inSubset(of));
  return [...warm, ...colds, ...BESIDE_THE_GRID];
}

/** What is measured beside copy_up: a container's life, archives, and where a driver's cost lies. */
export const BESIDE_THE_GRID: readonly BenchCase[] = [
  { workload: 'lifecycle', files: 16, fileSize: 64 * KIBIBYTE },
  { workload: 'lifecycle', files: 1024, fileSize: 64 * KIBIBYTE },
  { workload: 'apply', files: 4096, fileSize: 4 * KIBIBYTE },
  { workload: 'apply', files: 1024, fileSize: 64 * KIBIBYTE },
  { workload: 'difference', files: 4096, fileSize: 4 * KIBIBYTE, changed: 16 },
  { workload: 'difference', files: 4096, fileSize: 4 * KIBIBYTE, changed: 256 },
  { workload: 'where', files: 64, fileSize: MEBIBYTE },
  { workload: 'where', files: 16, fileSize: 16 * MEBIBYTE },
];
