/** One copy_up: what it copied, and where its time went. */
export interface CopyUpRecord {
  /** Milliseconds since 1970, of its end. */
  readonly at: number;
  /** From the mount's top, one character per byte. */
  readonly path: string;
  /** Bytes of content that were to be copied. */
  readonly size: number;
  /** Where the file was found, counted from the bottom: 1 is the lowest layer. */
  readonly layer: number;
  /** How the content came over: by sharing blocks, by copying them, or not at all. */
  readonly manner: 'cloned' | 'copied' | 'no-content';
  /** Milliseconds that each part took: finding the file and its directories, its content, and everything else about it. */
  readonly search: number;
  readonly copy: number;
  readonly metadata: number;
}

/** How often things have happened in a mount since it was made. */
export interface TraceCounters {
  /** Names that were found, by the layer that they were found in: the first is the lowest. */
  readonly lookupsByLayer: readonly number[];
  /** Names that are nowhere, and were known to be nowhere without looking. */
  readonly absent: number;
  /** Lookups of nodes that were known already. */
  readonly known: number;
  /** Directories that were read and merged, and how many directories of layers that took. */
  readonly directoriesRead: number;
  readonly branchesRead: number;
  readonly copyUps: number;
  readonly copiedBytes: number;
  readonly whiteouts: number;
  /** Nodes that are known now, and names in directories that are known now. */
  readonly nodes: number;
}

/** What the kernel has asked of one kind. */
export interface RequestCounter {
  readonly count: number;
  /** How many of them were answered with an errno. */
  readonly failures: number;
  /** Milliseconds that the answers took, all together, and the longest of them. */
  readonly time: number;
  readonly longest: number;
}

/** What the mount of a layer has done since it was made, or since its server was last replaced. Plain data. */
export interface LayerTrace {
  readonly id: string;
  /** Where it is mounted. */
  readonly target: string;
  readonly counters: TraceCounters;
  /** By the names that the kernel's protocol has for what it asks. */
  readonly requests: Readonly<Record<string, RequestCounter>>;
  /** The last thousand copy_ups, the oldest first. */
  readonly copyUps: readonly CopyUpRecord[];
}
