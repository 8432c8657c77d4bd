/** Names that people still ask for, and the way over. */
export const REMOVED_DRIVERS: Readonly<Record<string, string>> = {
  overlay:
    'The overlay driver kept hard-link farms instead of a list of lower directories and is gone everywhere: use overlay2, and bring images over with docker save and graphdriver layer apply.',
  devicemapper:
    'The devicemapper driver was removed from Docker 25: use overlay2 on the same disk, or btrfs or zfs where block-level copy-on-write is what you had it for; save images with the old engine first.',
  aufs: 'The aufs kernel module is in no current kernel and was removed from Docker 24: use overlay2, whose layers hold the same files; only the whiteouts are written in another way.',
  'fuse-overlayfs':
    'fuse-overlayfs served rootless hosts whose kernel had no unprivileged overlay; kernels from 5.11 have it: use overlay2.',
};
