import type { CallOptions } from './layer.ts';

/** `add`: only in the layer. `modify`: in both, and different. `delete`: only in the base. Docker prints A, C and D. */
export type ChangeKind = 'add' | 'modify' | 'delete';

/** One difference between a layer and its base. */
export interface Change {
  readonly kind: ChangeKind;
  /** Absolute inside the layer: `/etc/passwd`. Bytes that are not UTF-8 show as U+FFFD, and `rawPath` then has the truth. */
  readonly path: string;
  /** The exact bytes of the path, present only where `path` cannot say them. */
  readonly rawPath?: Uint8Array;
}

/** Options of {@link LayerDiffs.diff} and its relatives. */
export interface DiffOptions extends CallOptions {
  /** What to compare with: another layer's id, or `null` for an empty tree. The layer's parent unless given. */
  readonly base?: string | null;
}

/** What {@link LayerDiffs.applyDiff} did. */
export interface ApplyResult {
  /** Content bytes of the regular files in the archive, hard links once: what `diffSize` says of the same change. */
  readonly size: number;
}

/** A file of a layer, opened for reading. Close it, or use `await using`. */
export interface LayerFile extends AsyncDisposable {
  /** Its length in bytes. */
  readonly size: number;
  /** Its permission bits with set-id and sticky, as in 0o4755. */
  readonly mode: number;
  /** Its content from the first byte to the last. One reader at a time. */
  content(): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}
