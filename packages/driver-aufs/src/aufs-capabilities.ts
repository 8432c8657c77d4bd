import type { Capabilities } from '@graphdriver/core';

/** As many branches as a union is tried with; nothing but descriptors and time grows with them. */
export const MAX_DEPTH = 500;

/**
 * What the driver promises. All of it is the union's own doing, and the same on every file system that the probe lets pass. Where the
 * kernel reads large files itself it goes on with what it has opened: who has a file open then keeps seeing it as it was.
 */
export function aufsCapabilities({ passthrough }: { readonly passthrough: boolean }): Capabilities {
  return Object.freeze({ ...PROMISED, sharesOpenFiles: !passthrough });
}

const PROMISED: Omit<Capabilities, 'sharesOpenFiles'> = {
  copyOnWrite: 'file',
  maxDepth: MAX_DEPTH,
  nativeDiff: true,
  quota: null,
  idMap: 'none',
  forks: false,
  mountLabel: false,
  timestampGranularity: 1,
  renameLowerDirectory: true,
  stableInodes: true,
  keepsHardLinks: true,
  readOnlyViews: true,
  volatile: true,
  portableMounts: false,
  sharedRoot: true,
  persistent: true,
};
