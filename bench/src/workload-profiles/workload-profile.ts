/** Things that a program may rely on in its files, and that not every driver gives. */
export const WORKLOAD_NEEDS = [
  'rename-lower-directories',
  'hard-links',
  'open-files',
  'stable-inodes',
  'quota',
] as const;

export type WorkloadNeed = (typeof WORKLOAD_NEEDS)[number];

/** Writes of one kind that each container does. */
export interface WorkloadWrites {
  readonly count: number;
  /** Bytes of the file that is written to, not of what is written. */
  readonly size: number;
  /** Directories above the file. */
  readonly directories: number;
}

/** What some program does to its containers: counts of the operations whose costs are known. */
export interface WorkloadProfile {
  readonly name: string;
  /** As a sentence. */
  readonly summary: string;
  /** What the containers are made of: `size` is bytes of all files together. */
  readonly image: { readonly files: number; readonly size: number; readonly layers: number };
  /** Each of them is created, mounted, unmounted and removed. */
  readonly containers: number;
  /** To files of the image, to each of them once, by each container. */
  readonly firstWrites: readonly WorkloadWrites[];
  /** To files that the container has written to before. */
  readonly laterWrites: readonly WorkloadWrites[];
  readonly needs: readonly WorkloadNeed[];
}
