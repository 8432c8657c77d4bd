import type { MountRoute } from '@graphdriver/core';
import { createSubvolume, destroySubvolume, run, setSubvolumeReadOnly, snapshotSubvolume } from '@graphdriver/host';

/** How subvolumes are made, changed and destroyed. */
export interface SubvolumeRoute {
  create(path: string): Promise<void>;
  /** Writable, whatever `source` is. */
  snapshot(source: string, target: string): Promise<void>;
  /** Removes a subvolume that has no other inside it. */
  destroy(path: string): Promise<void>;
  setReadOnly(path: string, readOnly: boolean): Promise<void>;
}

/** The route by system calls: no process is started. */
const BY_IOCTL: SubvolumeRoute = {
  create: createSubvolume,
  snapshot: (source, target) => snapshotSubvolume(source, target),
  destroy: destroySubvolume,
  setReadOnly: setSubvolumeReadOnly,
};

/** The route by btrfs-progs, some 5 ms more for each step. */
const BY_COMMAND: SubvolumeRoute = {
  create: (path) => btrfs(['subvolume', 'create', path]),
  snapshot: (source, target) => btrfs(['subvolume', 'snapshot', source, target]),
  destroy: (path) => btrfs(['subvolume', 'delete', path]),
  setReadOnly: (path, readOnly) => btrfs(['property', 'set', '-ts', path, 'ro', `${readOnly}`]),
};

/** Subvolumes by the commands of btrfs-progs where mounts are by commands too, else by system calls. */
export function subvolumeRoute(mountWith: MountRoute): SubvolumeRoute {
  return mountWith === 'command' ? BY_COMMAND : BY_IOCTL;
}

async function btrfs(args: readonly string[]): Promise<void> {
  await run('btrfs', args);
}
