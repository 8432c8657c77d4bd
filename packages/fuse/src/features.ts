/**
 * What a file system wants of the kernel. What a kernel does not have is left out silently: `Session.parameters.flags` says what
 * came of it. The README has what each of them is good for and costs.
 */
export interface Features {
  /** Whether listings bring the attributes too: `auto` (as the kernel thinks fit) where there is `readdirplus`. */
  readonly readdirplus?: 'auto' | 'always' | 'never';
  /** Remember the targets of symbolic links. On. */
  readonly cacheSymlinks?: boolean;
  /** Let several lookups and listings of one directory come at a time. On. */
  readonly parallelDirectoryOperations?: boolean;
  /** O_TRUNC comes with `open` instead of as a `setattr` of its own behind it. On. */
  readonly atomicTruncate?: boolean;
  /** Send several reads of one file at a time. On. */
  readonly asyncRead?: boolean;
  /** Send the parts of one direct read or write at a time. On. */
  readonly asyncDirectIo?: boolean;
  /** Drop pages when size or mtime turn out to have changed. On, unless `explicitInvalidation`. */
  readonly autoInvalidate?: boolean;
  /** Drop pages only when told so by `Notifier.inode`. Off. */
  readonly explicitInvalidation?: boolean;
  /** Gather writes in the page cache: size and times are then the kernel's. Not beside `passthrough`. Off. */
  readonly writeback?: boolean;
  /** How many file systems may lie below a file that is handed to the kernel: 1, or 2 (then nothing can be stacked on this mount). 0: none. */
  readonly passthrough?: 0 | 1 | 2;
  /** The file system takes set-id bits away where a request says so, and the kernel need not ask before each write. Off. */
  readonly killPrivileges?: boolean;
  /** POSIX ACLs in `system.posix_acl_*`, which the kernel then heeds; brings `defaultPermissions`. Off. */
  readonly posixAcl?: boolean;
  /** The umask comes along and is not applied: who has default ACLs needs it. Off. */
  readonly dontMask?: boolean;
  /** flock(2) goes through `setlk` too. Off; record locks go there where there is a `setlk`. */
  readonly remoteFlock?: boolean;
  /** `lookup` knows `.` and `..`, for NFS. Off. */
  readonly exportSupport?: boolean;
  /** Shared writable mappings of files that are open with `directIo`. Off. */
  readonly mapDirectIo?: boolean;
  /** The mount may be id-mapped; needs `defaultPermissions`. Off. Linux 6.12. */
  readonly idMap?: boolean;
}

/** What else is agreed on with the kernel. */
export interface SessionOptions {
  readonly features?: Features;
  /** The largest write and read in bytes, 4 KiB to 1 MiB, in whole pages. 1 MiB unless told. */
  readonly maxWrite?: number;
  /** The largest read-ahead in bytes. The kernel's own, 128 KiB, unless told. */
  readonly maxReadahead?: number;
  /** How many requests that nobody waits for (read-ahead, release, writeback) may be open at a time. 64. */
  readonly maxBackground?: number;
  /** At how many of them the kernel slows down who causes them. Three quarters of `maxBackground`. */
  readonly congestionThreshold?: number;
  /** How exact times are, in nanoseconds: 1, or a power of ten up to 1e9. */
  readonly timeGranularity?: number;
  /** After how many seconds without an answer the kernel aborts the mount. None. Linux 6.14. */
  readonly requestTimeout?: number;
}
