import { versionAtLeast, type ZfsVersion } from './zfs-version.ts';

/**
 * What the installed version can do, as data. What is `false` here fails with `UNSUPPORTED`, unless it says that it is hidden.
 */
export interface ZfsCapabilities {
  /** `zfs diff`. */
  readonly diff: boolean;
  readonly bookmarks: boolean;
  readonly volumes: boolean;
  /** `zfs holds`. Holding and releasing works everywhere, and so does counting by the property `userrefs`. */
  readonly listHolds: boolean;
  /** `mountpoint=legacy` with mount(8). */
  readonly legacyMounts: boolean;
  /** Several snapshots of different datasets at one moment. Recursive ones work everywhere. */
  readonly severalSnapshots: boolean;
  /** `create` without mounting, and `receive` without mounting. */
  readonly createUnmounted: boolean;
  /** A clone with `canmount=noauto` stays unmounted. */
  readonly cloneUnmounted: boolean;
  /** The size of a stream before it is sent. */
  readonly sendEstimate: boolean;
  /** Streams that go on where they broke off. */
  readonly resumableStreams: boolean;
  /** Streams of encrypted and of compressed blocks as they are (`-w`, `-c`), with large blocks (`-L`), embedded data (`-e`). */
  readonly rawStreams: boolean;
  /** `receive -o` and `-x`. */
  readonly receiveProperties: boolean;
  /** Pausing a scrub. */
  readonly pauseScrub: boolean;
  /** Exact sizes of pools. Hidden: without it they are rounded to three digits, and `exact` says so. */
  readonly exactPoolSizes: boolean;
  /** Several properties by one `set`. Hidden: without it they are set one after another. */
  readonly severalProperties: boolean;
  /** `destroy -n`. Hidden: without it the plan is made from a listing, and does not know what space would be freed. */
  readonly destroyDryRun: boolean;
  /** `get -t`. Hidden: without it everything is listed and what was not asked for left out. */
  readonly filterTypes: boolean;
  /** Full paths of devices in `zpool status -P`, and exact counts in `-p`. Hidden. */
  readonly statusFullPaths: boolean;
  /** Renaming what is mounted. Hidden: without it the filesystems are unmounted first, and mounted again. */
  readonly renameMounted: boolean;
  /**
   * Mounting several filesystems at once. Hidden: without it commands that mount wait for one another, in all processes of the machine:
   * the listener of zfs-fuse takes what two of them tell it at the same moment for one message, and then answers nobody any more.
   */
  readonly parallelMounts: boolean;
  /** Receiving says so when it has received nothing. Hidden: without it the result is looked at. */
  readonly receiveReports: boolean;
  /** Properties that this version does not have. Left out of answers, and `undefined` in records. */
  readonly missingProperties: ReadonlySet<string>;
  /** Values of the property `compression`. */
  readonly compression: readonly string[];
  /** The precision of a file's times, in nanoseconds. */
  readonly timestampGranularity: bigint;
}

const OLD_COMPRESSION = ['on', 'off', 'lzjb', 'gzip', 'zle'] as const;

const ZFS_FUSE: ZfsCapabilities = {
  diff: false,
  bookmarks: false,
  volumes: false,
  listHolds: false,
  legacyMounts: false,
  severalSnapshots: false,
  createUnmounted: false,
  cloneUnmounted: false,
  sendEstimate: false,
  resumableStreams: false,
  rawStreams: false,
  receiveProperties: false,
  pauseScrub: false,
  exactPoolSizes: false,
  severalProperties: false,
  destroyDryRun: false,
  filterTypes: false,
  statusFullPaths: false,
  renameMounted: false,
  parallelMounts: false,
  receiveReports: false,
  missingProperties: new Set([
    'clones',
    'createtxg',
    'encryption',
    'guid',
    'logicalreferenced',
    'logicalused',
    'objsetid',
    'overlay',
    'receive_resume_token',
    'refcompressratio',
    'relatime',
    'snapshot_count',
    'written',
  ]),
  compression: OLD_COMPRESSION,
  timestampGranularity: 1_000_000_000n,
};

const OPENZFS: ZfsCapabilities = {
  diff: true,
  bookmarks: true,
  volumes: true,
  listHolds: true,
  legacyMounts: true,
  severalSnapshots: true,
  createUnmounted: true,
  cloneUnmounted: true,
  sendEstimate: true,
  resumableStreams: true,
  rawStreams: true,
  receiveProperties: true,
  pauseScrub: true,
  exactPoolSizes: true,
  severalProperties: true,
  destroyDryRun: true,
  filterTypes: true,
  statusFullPaths: true,
  renameMounted: true,
  parallelMounts: true,
  receiveReports: true,
  missingProperties: new Set(),
  compression: [...OLD_COMPRESSION, 'lz4', 'zstd', 'zstd-fast'],
  timestampGranularity: 1n,
};

/** The capabilities of a version. Pure. */
export function capabilitiesOf(version: ZfsVersion): ZfsCapabilities {
  if (version.flavour === 'zfs-fuse') return ZFS_FUSE;
  // `create -u` and zstd came with OpenZFS 2.0; everything else here is in 0.8, the first release with `zfs version`.
  if (versionAtLeast(version, 2, 0)) return OPENZFS;
  return { ...OPENZFS, createUnmounted: false, compression: [...OLD_COMPRESSION, 'lz4'] };
}
