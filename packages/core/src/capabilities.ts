/**
 * What a driver promises beyond the contract, as data.
 *
 * Each entry is tested both ways: where it is announced the thing works, where it is not the thing is refused or behaves
 * as described here.
 * Callers decide by capabilities and never by a driver's name.
 */
export interface Capabilities {
  /**
   * How much is copied when a file of a lower layer is changed for the first time:
   * the whole `file` (overlay, aufs), the touched `block` (btrfs, zfs), or nothing (`none`), because every layer is a full
   * copy made at create.
   */
  readonly copyOnWrite: 'file' | 'block' | 'none';
  /** The greatest number of layers in a chain, the writable one counted; `null` for no limit of the driver's own. */
  readonly maxDepth: number | null;
  /** `diff` and `changes` against the parent take time proportional to the change, not to the whole tree. */
  readonly nativeDiff: boolean;
  /**
   * Whether `create` takes a `quota`, and what it counts: `difference`, the writable layer's own data, or `view`, all that
   * the mount shows, the parent's data included. `null`: a quota is refused with `UNSUPPORTED`.
   */
  readonly quota: 'difference' | 'view' | null;
  /**
   * How `get` serves an `idMap`: by a mapped `mount`, by a `chown` of every file, or not at all (`none`): `UNSUPPORTED`.
   */
  readonly idMap: 'mount' | 'chown' | 'none';
  /**
   * `create` takes a `forkOf`: as one snapshot, or a copy where `copyOnWrite` is `none`, and the chain gets no longer by it.
   * Otherwise one is refused with `UNSUPPORTED`.
   */
  readonly forks: boolean;
  /** `get` takes a `mountLabel`; otherwise one is refused with `UNSUPPORTED`. */
  readonly mountLabel: boolean;
  /** Precision of the times that files in a layer keep, in nanoseconds. 1 on ext4, xfs and btrfs. */
  readonly timestampGranularity: number;
  /** `rename(2)` of a directory that has content in a lower layer works; otherwise it fails with EXDEV. */
  readonly renameLowerDirectory: boolean;
  /** A file of a lower layer keeps its inode number across its first write. */
  readonly stableInodes: boolean;
  /** Two names of one lower file are still one file after a write through either of them. */
  readonly keepsHardLinks: boolean;
  /** A descriptor opened for reading before a file's first write sees that write. */
  readonly sharesOpenFiles: boolean;
  /** `get` with `readOnly` and `get` of a committed layer refuse every write with EROFS. Without it both are refused. */
  readonly readOnlyViews: boolean;
  /** `get` takes `volatile`; otherwise `volatile` is accepted and changes nothing, the stronger promise being kept. */
  readonly volatile: boolean;
  /** `describeMount` of a layer with a parent is `portable`; otherwise it is `live`. */
  readonly portableMounts: boolean;
  /** Several processes may use one root at once. */
  readonly sharedRoot: boolean;
  /** Layers and leases outlive the process. */
  readonly persistent: boolean;
}
