import type { Capabilities } from '@graphdriver/core';

const IDS = 'zfs-fuse keeps no owners from 2147483648 on.';
const SET_ID = 'zfs-fuse takes the set-id bits of a file away when it is written to, whoever does it.';

/** What files on zfs-fuse are not, by the checks that see it. OpenZFS has none of it. */
const ON_ZFS_FUSE: Readonly<Record<string, string>> = {
  'copy-up/writing-a-byte-leaves-the-lower-layer': SET_ID,
  'copy-up/appending-leaves-the-lower-layer': SET_ID,
  'diff/metadata-alone': IDS,
  'archive/keeps-owners': IDS,
  'archive/keeps-everything-in-a-chain': IDS,
  'archive/keeps-times': 'zfs-fuse keeps no times after the year 2106.',
  'archive/keeps-access-control-lists':
    'zfs-fuse gives a file the mode that an access control list stands for only when asked for it.',
};

/**
 * Checks of the suite that fail because of the file system and not of the driver, each with the reason, as `Subject.deviations` wants it.
 * zfs-fuse is known by its times, which it cuts to seconds.
 */
export function knownDeviations({
  timestampGranularity,
}: Pick<Capabilities, 'timestampGranularity'>): Readonly<Record<string, string>> {
  return timestampGranularity === 1_000_000_000 ? ON_ZFS_FUSE : {};
}
