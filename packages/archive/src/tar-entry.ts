import type { BytePath } from './tree.ts';

/** What kind of thing a tar entry makes. */
export type TarEntryType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'character' | 'block' | 'fifo';

/** A run of data in a sparse file, in bytes. Everything between the runs is a hole. */
export interface DataSegment {
  readonly offset: number;
  readonly length: number;
}

/**
 * One member of an archive, as {@link readTar} finds it and {@link writeTar} takes it.
 *
 * Names are bytes (see {@link BytePath}): relative, without `.`, `..` or a slash at either end; the root directory is `''`.
 */
export interface TarEntry {
  readonly path: BytePath;
  readonly type: TarEntryType;
  /** Permission bits with set-id and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Length of a regular file in bytes, holes included; 0 for everything else. */
  readonly size: number;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
  /** Where a symbolic link points, as it stands; for a hard link the path of the member that it is another name of; else `''`. */
  readonly linkTarget: BytePath;
  /** Device number for `character` and `block`, as `makedev` gives it; 0 otherwise. */
  readonly rdev: number;
  /** Extended attributes by name; names are bytes like paths. */
  readonly xattrs: ReadonlyMap<string, Buffer>;
  /** The runs of data of a sparse file, ascending and apart; `null` for a file without holes. */
  readonly segments: readonly DataSegment[] | null;
  /** The data: `size` bytes, or where there are `segments` these one after another. Empty for what is not a regular file. */
  readonly content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}
