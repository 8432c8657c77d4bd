import { KNOWN_PROFILES } from '../workload-profiles/known-profiles.ts';
import type { WorkloadProfile, WorkloadWrites } from '../workload-profiles/workload-profile.ts';

/** By what a workload is divided, so that it can be done in seconds; 1 where nothing is said. */
export interface ReplayScale {
  readonly containers?: number;
  /** Bytes of files, and so of the image. */
  readonly size?: number;
  /** Number of later writes. */
  readonly laterWrites?: number;
}

const SCALES: Readonly<Record<string, ReplayScale>> = {
  build: { containers: 5 },
  database: { size: 8, laterWrites: 10 },
  dense: { containers: 20 },
  'large-files': { containers: 4, size: 8 },
  'small-files': { containers: 5 },
};

/** The known workloads as they are replayed: less of the same. */
export const REPLAYED_WORK: readonly WorkloadProfile[] = KNOWN_PROFILES.map((profile) =>
  scaledDown(profile, SCALES[profile.name] ?? {}),
);

/** A workload with fewer containers, smaller files or fewer later writes; at least one of each that there is. */
export function scaledDown(profile: WorkloadProfile, scale: ReplayScale): WorkloadProfile {
  const { containers = 1, size = 1, laterWrites = 1 } = scale;
  const smaller = (writes: WorkloadWrites): WorkloadWrites => ({ ...writes, size: Math.floor(writes.size / size) });
  return {
    ...profile,
    image: { ...profile.image, size: Math.ceil(profile.image.size / size) },
    containers: Math.ceil(profile.containers / containers),
    firstWrites: profile.firstWrites.map(smaller),
    laterWrites: profile.laterWrites.map((writes) => ({
      ...smaller(writes),
      count: Math.ceil(writes.count / laterWrites),
    })),
  };
}
