import type { BenchCase, CopyUpCase, LifecycleCase } from './bench-case.ts';
import { GRID_CENTRE } from './grid-cases.ts';

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

const SIZES = [4 * KIBIBYTE, MEBIBYTE, 16 * MEBIBYTE] as const;
const LARGEST = 128 * MEBIBYTE;
const SHAPES = [
  { layers: 1, directories: 1 },
  { layers: 1, directories: 16 },
  { layers: 16, directories: 1 },
] as const;

const IMAGES: readonly LifecycleCase[] = [
  { workload: 'lifecycle', files: 16, fileSize: 64 * KIBIBYTE },
  { workload: 'lifecycle', files: 1024, fileSize: 64 * KIBIBYTE },
];

const BESIDE: readonly BenchCase[] = [
  { workload: 'touch', touch: 'append', ...GRID_CENTRE },
  { workload: 'touch', touch: 'chmod', ...GRID_CENTRE },
  { workload: 'apply', files: 1024, fileSize: 16 * KIBIBYTE },
  { workload: 'difference', files: 1024, fileSize: 4 * KIBIBYTE, changed: 64 },
  { workload: 'where', files: 16, fileSize: 4 * MEBIBYTE },
  { workload: 'space', files: 16, fileSize: MEBIBYTE, append: 4 * KIBIBYTE },
];

/** Options of {@link quickCases}. */
export interface QuickCaseOptions {
  /** Also files of 128 MiB. */
  readonly largest?: boolean;
  /** Also another first touch, archives, differences, where a driver's cost lies, and space. */
  readonly beside?: boolean;
}

/**
 * The cases of the quick run: file sizes from 4 KiB to 16 MiB, or 128 MiB with `largest`, in a file one directory down in a single
 * layer, 16 directories down, and under 16 layers, all of it warm; and the life of a container on an image of 1 MiB and on one of 64 MiB.
 */
export function quickCases(options: QuickCaseOptions = {}): BenchCase[] {
  const sizes = options.largest === true ? [...SIZES, LARGEST] : SIZES;
  const copyUps = sizes.flatMap((size) =>
    SHAPES.map((shape): CopyUpCase => ({ workload: 'copy_up', size, ...shape, placement: 'home', cache: 'warm' })),
  );
  return [...copyUps, ...IMAGES, ...(options.beside === true ? BESIDE : [])];
}
