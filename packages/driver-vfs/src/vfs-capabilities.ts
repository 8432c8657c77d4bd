import type { Capabilities } from '@graphdriver/core';

/** What plain directory trees promise. They are ordinary files, so that there is nothing that an ordinary file does not do. */
export const VFS_CAPABILITIES: Capabilities = {
  copyOnWrite: 'none',
  maxDepth: null,
  nativeDiff: false,
  quota: null,
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
};
