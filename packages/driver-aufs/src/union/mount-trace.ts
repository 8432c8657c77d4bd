/** One copy_up, told when it is done. */
export interface CopyUpRecord {
  /** Milliseconds since 1970, of its end. */
  readonly at: number;
  /** From the mount's top, one character per byte. */
  readonly path: string;
  /** Bytes of content that were to be copied. */
  readonly size: number;
  /** From the bottom, 1 is the lowest. */
  readonly layer: number;
  /** How the content came over: by sharing blocks, by copying them, or not at all. */
  readonly manner: 'cloned' | 'copied' | 'no-content';
  /** Milliseconds that each part took: finding the file and its directories, its content, and everything else about it. */
  readonly search: number;
  readonly copy: number;
  readonly metadata: number;
}

/** What a mount has done since it was made. */
export interface MountCounters {
  /** Names that were found, by the layer that they were found in: the first is the lowest. */
  readonly lookupsByLayer: readonly number[];
  /** Names that are nowhere: they cost no system call. */
  readonly absent: number;
  /** Lookups of nodes that were known already. */
  readonly known: number;
  /** Directories that were read and merged, and how many directories of branches that took. */
  readonly directoriesRead: number;
  readonly branchesRead: number;
  readonly copyUps: number;
  readonly copiedBytes: number;
  readonly whiteouts: number;
  /** Nodes that are known now, and names in directories that are known now. */
  readonly nodes: number;
}

const KEPT = 1000;

/** Counts what a mount does, and keeps the last thousand of its copy_ups. */
export class MountTrace {
  readonly #lookups: number[];
  readonly #records: CopyUpRecord[] = [];
  absent = 0;
  known = 0;
  directoriesRead = 0;
  branchesRead = 0;
  copyUps = 0;
  copiedBytes = 0;
  whiteouts = 0;
  /** Called with each copy_up as it is done. */
  onCopyUp: ((record: CopyUpRecord) => void) | undefined;

  constructor(layers: number) {
    this.#lookups = new Array<number>(layers).fill(0);
  }

  /** A name was found in `layer`, counted from the bottom as 1. */
  found(layer: number): void {
    this.#lookups[layer - 1] = (this.#lookups[layer - 1] ?? 0) + 1;
  }

  copied(record: CopyUpRecord): void {
    this.copyUps += 1;
    if (record.manner !== 'no-content') this.copiedBytes += record.size;
    if (this.#records.length === KEPT) this.#records.shift();
    this.#records.push(record);
    this.onCopyUp?.(record);
  }

  /** The copy_ups that are remembered, the oldest first. */
  get records(): readonly CopyUpRecord[] {
    return this.#records;
  }

  counters(nodes: number): MountCounters {
    const { absent, known, directoriesRead, branchesRead, copyUps, copiedBytes, whiteouts } = this;
    const lookupsByLayer = [...this.#lookups];
    return { lookupsByLayer, absent, known, directoriesRead, branchesRead, copyUps, copiedBytes, whiteouts, nodes };
  }
}
