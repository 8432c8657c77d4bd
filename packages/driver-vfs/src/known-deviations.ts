import type { Capabilities } from '@graphdriver/core';

const ON_BTRFS: Readonly<Record<string, string>> = {
  'xattr/trusted-is-for-root': 'btrfs lists what is in trusted. to everybody.',
};

/**
 * Cases from the manual pages that fail because of the file system, which a view of this driver shows as it is, each with the reason, as
 * `Subject.deviations` wants it.
 */
export function knownDeviations(_capabilities: Capabilities, filesystem: string): Readonly<Record<string, string>> {
  return filesystem === 'btrfs' ? ON_BTRFS : {};
}
