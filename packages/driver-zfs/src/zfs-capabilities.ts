import type { Capabilities } from '@graphdriver/core';

/** What clones promise. A layer's files are ordinary files of a ZFS, so that there is nothing that those do not do. */
export function zfsCapabilities(options: { readonly timestampGranularity: number }): Capabilities {
  return Object.freeze({
    copyOnWrite: 'block',
    maxDepth: null,
    nativeDiff: false,
    quota: 'difference',
    idMap: 'none',
    forks: false,
    mountLabel: false,
    timestampGranularity: options.timestampGranularity,
    renameLowerDirectory: true,
    stableInodes: true,
    keepsHardLinks: true,
    sharesOpenFiles: true,
    readOnlyViews: true,
    volatile: false,
    portableMounts: false,
    sharedRoot: true,
    persistent: true,
  });
}
