/** `writable` until `commit`, `committed` for ever after. */
export type LayerKind = 'writable' | 'committed';

/** Opaque to drivers: what a program wants to find again beside a layer. Replaced as a whole by `setLabels`. */
export type Labels = Readonly<Record<string, string>>;

/** What a driver's books say of a layer. */
export interface LayerRecord {
  readonly id: string;
  /** The id of the layer underneath, or `null` for a layer that stands alone. */
  readonly parent: string | null;
  readonly kind: LayerKind;
  /**
   * When `create` had made the layer: RFC 3339 in UTC, with milliseconds.
   * What its users change is never older than this, which is what diffs go by.
   * Of a fork it is that of the layer which it was forked from: since then its files have been changing.
   */
  readonly createdAt: string;
  readonly labels: Labels;
}

/**
 * What a layer takes, as a difference from its parent.
 *
 * Recorded at commit, measured afresh for a writable layer, and never changed by what children do.
 */
export interface Usage {
  /** Bytes that the file system has allocated for what the layer adds or replaces. Hard links count once. */
  readonly allocated: number;
  /** Bytes that its files say they hold (sparse files in full). Hard links count once. */
  readonly apparent: number;
  /** Files, directories and the rest that it adds or replaces. Whiteouts count as the driver stores them. */
  readonly inodes: number;
}

/** A limit for what a layer may take: `bytes`, whatever {@link Capabilities.quota} counts. */
export interface Quota {
  readonly bytes: number;
}

/** Options that every long call takes. */
export interface CallOptions {
  /** Ends the call with `ABORTED`; the state is then as it was before the call. */
  readonly signal?: AbortSignal;
}

/** Options of {@link LayerDriver.create}. */
export interface CreateOptions extends CallOptions {
  /** The committed layer to stack on. Without it the layer starts empty, its root directory 0755 and owned by 0:0. */
  readonly parent?: string;
  /**
   * The writable layer, held by nobody, to start from: from the files that it has now, on the same parent, which is not given again.
   * Needs {@link Capabilities.forks}. Labels and quota are the new layer's own.
   */
  readonly forkOf?: string;
  readonly labels?: Labels;
  readonly quota?: Quota;
}
