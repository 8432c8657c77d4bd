import type { MountRoute } from '@graphdriver/core';
import {
  createSubvolume,
  destroySubvolume,
  isErrno,
  run,
  setSubvolumeReadOnly,
  snapshotSubvolume,
} from '@graphdriver/host';
import { hasNested } from './nested-subvolumes.ts';

/** How subvolumes are made, changed and destroyed. */
export interface SubvolumeRoute {
  create(path: string): Promise<void>;
  /** Writable, whatever `source` is. */
  snapshot(source: string, target: string): Promise<void>;
  /** Removes a subvolume; false, and it is left alone, where another lies inside it. */
  destroy(path: string): Promise<boolean>;
  setReadOnly(path: string, readOnly: boolean): Promise<void>;
}

/** The route by system calls: no process is started. */
const BY_IOCTL: SubvolumeRoute = {
  create: createSubvolume,
  snapshot: (source, target) => snapshotSubvolume(source, target),
  // The kernel looks for others before it does anything: asking it first would only say the same twice.
  async destroy(path) {
    try {
      await destroySubvolume(path);
      return true;
    } catch (error) {
      if (isErrno(error, 'ENOTEMPTY')) return false;
      throw error;
    }
  },
  setReadOnly: setSubvolumeReadOnly,
};

/** The route by btrfs-progs, some 5 ms more for each step. */
const BY_COMMAND: SubvolumeRoute = {
  create: (path) => btrfs(['subvolume', 'create', path]),
  snapshot: (source, target) => btrfs(['subvolume', 'snapshot', source, target]),
  async destroy(path) {
    if (hasNested(path)) return false;
    await btrfs(['subvolume', 'delete', path]);
    return true;
  },
  setReadOnly: (path, readOnly) => btrfs(['property', 'set', '-ts', path, 'ro', `${readOnly}`]),
};

/** Subvolumes by the commands of btrfs-progs where mounts are by commands too, else by system calls. */
export function subvolumeRoute(mountWith: MountRoute): SubvolumeRoute {
  return mountWith === 'command' ? BY_COMMAND : BY_IOCTL;
}

async function btrfs(args: readonly string[]): Promise<void> {
  await run('btrfs', args);
}
