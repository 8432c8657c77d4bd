/** How much each row does. */
export interface RowSizes {
  /** Pairs of the rows that take milliseconds per sample. */
  readonly pairs: number;
  /** Pairs of the rows that take a second per sample. */
  readonly slowPairs: number;
  /** Pairs of the rows that start a process per sample. */
  readonly processPairs: number;
  /** Layers in the fuller of the two roots of `create-flat`. */
  readonly layers: number;
  /** Containers that are made 10 at a time. */
  readonly atOnce: number;
  /** Containers over which the space is measured. */
  readonly containers: number;
  /** Lower layers of the deeper containers of `overlay2/depth`. */
  readonly depths: readonly number[];
  /** Layers in the longer chains of the rows of snapshots. */
  readonly chain: number;
  /** Files of the image of many files. */
  readonly imageFiles: number;
  /** Bytes of the image of many bytes, and of the larger file that is written to. */
  readonly imageBytes: number;
  /** Files of the image whose container's changes are listed. */
  readonly manyFiles: number;
  /** How many of them the container has changed. */
  readonly changedFiles: number;
  /** Bytes of the root file system that is generated where no Debian root is made. */
  readonly treeBytes: number;
  /** Files in it. */
  readonly treeFiles: number;
  /** Bytes of the large file that is written into a volume, and of the small files beside it together. */
  readonly volumeBytes: number;
  /** Bytes of the image that is loaded. */
  readonly loadBytes: number;
  /** Layers that they are spread over. */
  readonly loadLayers: number;
  /** Pairs of the rows of unions that take a tenth of a second per sample. */
  readonly unionPairs: number;
  /** Files of the tree that unions are read through. */
  readonly unionFiles: number;
  /** Bytes of the large file that is read and written in them. */
  readonly unionBytes: number;
  /** Layers under the containers in which names are looked up. */
  readonly unionDepths: readonly number[];
  /** Layers under the containers whose first access is timed. */
  readonly unionDepth: number;
  /** Bytes of the files that unions copy up; while the last is copied, names are looked up beside it. */
  readonly copyUps: readonly number[];
}

/** What the targets are meant for: some eight minutes in all. */
export const FULL_SIZES: RowSizes = {
  pairs: 150,
  slowPairs: 7,
  processPairs: 20,
  layers: 10_000,
  atOnce: 100,
  containers: 1_000,
  depths: [120, 500],
  chain: 120,
  imageFiles: 10_000,
  imageBytes: 1024 ** 3,
  manyFiles: 100_000,
  changedFiles: 100,
  treeBytes: 160_000_000,
  treeFiles: 7_000,
  volumeBytes: 64 * 1024 ** 2,
  loadBytes: 500_000_000,
  loadLayers: 20,
  unionPairs: 8,
  unionFiles: 6_000,
  unionBytes: 128 * 1024 ** 2,
  unionDepths: [1, 10, 50, 120, 499],
  unionDepth: 120,
  copyUps: [4096, 1024 ** 2, 16 * 1024 ** 2, 128 * 1024 ** 2, 1024 ** 3],
};
