import type { CopyUpCase, GroundCase } from './bench-case.ts';
import { type CopyUpFile, copyUpPath } from './copy-up-image.ts';

/** The cell of the grid that a case is at, or is beside. */
export function cellOf(of: GroundCase): CopyUpCase {
  if (of.workload === 'copy_up') return of;
  const { size, layers, directories } = of;
  return { workload: 'copy_up', size, layers, directories, placement: 'home', cache: 'warm' };
}

/** The files that a case touches. The first one is the grid's own, unless it is sparse. */
export function groundFiles(of: GroundCase): CopyUpFile[] {
  const { size, directories } = of;
  switch (of.workload) {
    case 'sparse':
      return [{ size, directories, sparse: true }];
    case 'concurrency':
      return Array.from({ length: of.writers }, (_, copy): CopyUpFile => {
        return copy === 0 ? { size, directories } : { size, directories, copy };
      });
    default:
      return [{ size, directories }];
  }
}

/** The files of some cases, each of them once. */
export function filesOfAll(cases: readonly GroundCase[]): CopyUpFile[] {
  return distinctFiles(cases.flatMap(groundFiles));
}

/** The same files without those that are named twice. */
export function distinctFiles(files: readonly CopyUpFile[]): CopyUpFile[] {
  return [...new Map(files.map((file) => [copyUpPath(file), file])).values()];
}
