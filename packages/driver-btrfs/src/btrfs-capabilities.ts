import type { Capabilities } from '@graphdriver/core';

/** What snapshots promise. A layer's files are ordinary files on btrfs, so that there is nothing that an ordinary file does not do. */
export function btrfsCapabilities(options: { readonly quota: boolean }): Capabilities {
  return Object.freeze({
    copyOnWrite: 'block',
    maxDepth: null,
    nativeDiff: true,
    quota: options.quota ? 'difference' : null,
    idMap: 'none',
    forks: true,
    mountLabel: false,
    timestampGranularity: 1,
    renameLowerDirectory: true,
    stableInodes: true,
    keepsHardLinks: true,
    sharesOpenFiles: true,
    readOnlyViews: true,
    volatile: false,
    portableMounts: true,
    sharedRoot: true,
    persistent: true,
  });
}
