/** Which ZFS is installed. */
export interface ZfsVersion {
  /** `openzfs` has its file system in the kernel, `zfs-fuse` in a daemon. */
  readonly flavour: 'openzfs' | 'zfs-fuse';
  /** The version of the commands as they print it, `2.3.2-1`. zfs-fuse does not tell. */
  readonly userland: string | undefined;
  /** The version of the kernel module; it may differ from that of the commands after an upgrade. */
  readonly kernel: string | undefined;
  /** `[2, 3, 2]`, to compare; zfs-fuse, which has been at 0.7 since 2011, is `[0, 7, 0]`. */
  readonly release: readonly [major: number, minor: number, patch: number];
  /** The highest version of a pool before there were feature flags; `undefined` for OpenZFS, whose pools have flags. */
  readonly poolVersion: number | undefined;
}

/** Reads what `zfs version` prints, or returns `undefined` where that is something else. */
export function parseZfsVersion(stdout: string): ZfsVersion | undefined {
  const userland = /^zfs-(?!kmod)(\S+)$/m.exec(stdout)?.[1];
  const kernel = /^zfs-kmod-(\S+)$/m.exec(stdout)?.[1];
  const numbers = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(userland ?? '');
  if (numbers === null) return undefined;
  const [, major, minor, patch = '0'] = numbers;
  return {
    flavour: 'openzfs',
    userland,
    kernel,
    release: [Number(major), Number(minor), Number(patch)],
    poolVersion: undefined,
  };
}

/** Reads what `zpool upgrade -v` prints where pools have a version; `undefined` where they have feature flags. */
export function parsePoolVersion(stdout: string): ZfsVersion | undefined {
  const pool = /currently running ZFS pool version (\d+)/.exec(stdout)?.[1];
  if (pool === undefined) return undefined;
  return {
    flavour: 'zfs-fuse',
    userland: undefined,
    kernel: undefined,
    release: [0, 7, 0],
    poolVersion: Number(pool),
  };
}

/** Tells whether `version` is `major.minor` or later. */
export function versionAtLeast(version: ZfsVersion, major: number, minor: number): boolean {
  const [foundMajor, foundMinor] = version.release;
  return foundMajor > major || (foundMajor === major && foundMinor >= minor);
}
