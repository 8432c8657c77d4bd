/** What an archive may ask for before it is refused with `INVALID_ARCHIVE`: the guard against archives made to fill a host. */
export interface ArchiveLimits {
  /** Members. Ten million unless given. */
  readonly entries?: number;
  /** Bytes of all regular files together, holes included. No limit unless given: the file system has its own. */
  readonly bytes?: number;
  /** Bytes of the extended headers of one member, which are held in memory. One MiB unless given; a sparse map may have 16 times as much. */
  readonly headerBytes?: number;
}

/** Limits with nothing left open. */
export function completeLimits(limits: ArchiveLimits | undefined): Required<ArchiveLimits> {
  return {
    entries: limits?.entries ?? 10_000_000,
    bytes: limits?.bytes ?? Number.POSITIVE_INFINITY,
    headerBytes: limits?.headerBytes ?? 1024 * 1024,
  };
}
