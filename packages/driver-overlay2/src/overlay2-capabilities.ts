import type { Capabilities } from '@graphdriver/core';
import type { HostFacts } from './host-facts.ts';

/** As many lower directories as the kernel's overlay takes (OVL_MAX_STACK); a committed layer is itself one of them. */
export const MAX_DEPTH = 500;

/** What the driver promises, given what was seen of this host. The rest follows from the mount options and from overlay itself. */
export function overlay2Capabilities(
  facts: Pick<HostFacts, 'behaviour' | 'volatile' | 'timestampGranularity'>,
): Capabilities {
  return Object.freeze({
    copyOnWrite: 'file',
    maxDepth: MAX_DEPTH,
    nativeDiff: true,
    quota: null,
    idMap: 'none',
    mountLabel: false,
    timestampGranularity: facts.timestampGranularity,
    renameLowerDirectory: false,
    stableInodes: facts.behaviour?.keepsInodes === true,
    keepsHardLinks: false,
    sharesOpenFiles: facts.behaviour?.sharesOpenFiles === true,
    readOnlyViews: true,
    volatile: facts.volatile,
    portableMounts: true,
    sharedRoot: true,
    persistent: true,
  });
}
