import {
  type BenchCase,
  type CacheState,
  type ChainCase,
  type CopyUpCase,
  type FilePlace,
  type GroundCase,
  type InsideCase,
  type ManyCase,
  type Placement,
  TOUCHES,
} from './bench-case.ts';

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

/** Where other factors than the grid's are measured, one at a time: a cell of the full grid, in the middle of every factor. */
export const GRID_CENTRE: FilePlace = { size: 16 * MEBIBYTE, layers: 16, directories: 16 };

/**
 * What is measured around the centre: every first touch, sparse files of its size and of 1 GiB, and writers at once. The append, and
 * one writer, are in the grid as well; here they are so that each series has its own beginning.
 */
export const AROUND_THE_CENTRE: readonly GroundCase[] = [
  ...TOUCHES.map((touch): GroundCase => ({ workload: 'touch', touch, ...GRID_CENTRE })),
  ...[GRID_CENTRE.size, GIBIBYTE].map((size): GroundCase => ({ workload: 'sparse', ...GRID_CENTRE, size })),
  ...[1, 2, 4, 8].map((writers): GroundCase => ({ workload: 'concurrency', writers, ...GRID_CENTRE })),
];

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
  /** How many containers are started together, one after another; from 100 on also several at once. {@link CONTAINERS} unless given. */
  readonly containers?: readonly number[];
}

/** The cases of the full run: the grid warm, a part of it cold, what is around its centre, and everything that is measured beside it. */
export function fullCases(options: FullOptions = {}): BenchCase[] {
  const { cold = false, containers = CONTAINERS, ...chosen } = options;
  const warm = gridCases({ ...FULL_GRID, ...chosen, caches: ['warm'] });
  const inSubset = (of: CopyUpCase): boolean =>
    COLD_SUBSET.layers.includes(of.layers) &&
    COLD_SUBSET.directories.includes(of.directories) &&
    COLD_SUBSET.placements.includes(of.placement);
  const colds = gridCases({ ...FULL_GRID, ...chosen, caches: ['cold'] }).filter((of) => cold || inSubset(of));
  return [...warm, ...colds, ...AROUND_THE_CENTRE, ...BESIDE_THE_GRID, ...INSIDE, ...manyCases(containers), ...CHAINS];
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
  { workload: 'space', files: 64, fileSize: MEBIBYTE, append: 4 * KIBIBYTE },
];

/** Programs at work in the mounts of containers. */
export const INSIDE: readonly InsideCase[] = [
  ...(['find', 'tar', 'cp', 'rm', 'chown', 'install'] as const).map((work): InsideCase => {
    return { workload: 'inside', work, amount: 2000 };
  }),
  { workload: 'inside', work: 'compile', amount: 40 },
  { workload: 'inside', work: 'checkout', amount: 1000 },
  { workload: 'inside', work: 'sqlite', amount: 50 },
];

/** How many containers a full run starts together. */
export const CONTAINERS: readonly number[] = [1, 10, 100];
const AT_ONCE = 8;
/** With fewer, those under way at once would be a large part of all. */
const MANY = 100;

/** Starts of so many containers, one after another, and of many also several at once. */
export function manyCases(containers: readonly number[]): ManyCase[] {
  return containers.flatMap((count) =>
    [1, ...(count < MANY ? [] : [AT_ONCE])].map(
      (atOnce): ManyCase => ({ workload: 'many', containers: count, atOnce }),
    ),
  );
}

/** Containers on chains of layers, up to as many as the kernel's overlay takes with what lies on top. */
export const CHAINS: readonly ChainCase[] = [1, 16, 120, 499].map((layers) => {
  return { workload: 'chain', layers, written: 16 * MEBIBYTE };
});
