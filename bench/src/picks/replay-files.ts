import type { ImageFile } from '../bench-image.ts';
import type { WorkloadProfile, WorkloadWrites } from '../workload-profiles/workload-profile.ts';

const FILES_PER_DIRECTORY = 32;

/** The files of a workload's image, and which of them each container writes to. */
export interface ReplayFiles {
  readonly image: readonly ImageFile[];
  /** Paths, in the order in which they are written to for the first time. */
  readonly first: readonly string[];
  /** Paths that are written to again, each as often as it is there. */
  readonly later: readonly string[];
}

/**
 * Lays out a workload: every file that is written to as many directories deep as it says, 32 of them in one; and beside them what
 * else the image has, all of one size. The same workload gives the same files.
 */
export function replayFiles(profile: WorkloadProfile): ReplayFiles {
  const kinds = profile.firstWrites.map((writes, kind) => ({
    writes,
    paths: Array.from({ length: writes.count }, (_, number) => pathOf(writes, kind, number)),
  }));
  const written = kinds.flatMap(({ writes, paths }) => paths.map((path) => ({ path, size: writes.size })));
  return {
    image: [...written, ...restOf(profile, written)],
    first: written.map(({ path }) => path),
    later: profile.laterWrites.flatMap((writes) => {
      const paths = kinds.find((kind) => isAlike(kind.writes, writes))?.paths ?? kinds[0]?.paths ?? [];
      // Where nothing of the image is written to, a file of the container's own is.
      return Array.from({ length: writes.count }, (_, number) => paths[number % paths.length] ?? OWN_FILE);
    }),
  };
}

/** A file that a container makes where it writes to none of its image. */
export const OWN_FILE = 'own-file';

function isAlike(one: WorkloadWrites, other: WorkloadWrites): boolean {
  return one.size === other.size && one.directories === other.directories;
}

function pathOf({ directories }: WorkloadWrites, kind: number, number: number): string {
  const name = `written-${kind}-${number}`;
  if (directories === 0) return name;
  const above = ['written', ...Array.from({ length: directories - 1 }, (_, depth) => `directory-${depth}`)];
  return [...above.slice(0, -1), `${above.at(-1)}-${Math.floor(number / FILES_PER_DIRECTORY)}`, name].join('/');
}

function restOf({ image }: WorkloadProfile, written: readonly ImageFile[]): ImageFile[] {
  const files = image.files - written.length;
  const size = Math.floor((image.size - written.reduce((sum, file) => sum + file.size, 0)) / Math.max(1, files));
  return Array.from({ length: files }, (_, number) => ({
    path: `rest-${Math.floor(number / FILES_PER_DIRECTORY)}/file-${number}`,
    size,
  }));
}
