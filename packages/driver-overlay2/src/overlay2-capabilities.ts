import { type Capabilities, StorageError } from '@graphdriver/core';
import type { BackendLayer } from '@graphdriver/driver-kit';
import type { HostFacts } from './host-facts.ts';

/** As many lower directories as the kernel's overlay takes (OVL_MAX_STACK). */
const MAX_LOWERS = 500;

/** A writable layer on top of them is not one of them. */
export const MAX_DEPTH: number = MAX_LOWERS + 1;

/**
 * Refuses to commit a layer that is one too many: a committed layer is itself a lower directory of its mounts.
 *
 * @throws {StorageError} `DEPTH_EXCEEDED`
 */
export function refuseAsLower({ id, parents }: Pick<BackendLayer, 'id' | 'parents'>): void {
  if (parents.length < MAX_LOWERS) return;
  throw new StorageError(
    'DEPTH_EXCEEDED',
    `The layer ${id} stands on ${parents.length} others and can only be written to.`,
    {
      hint: 'Squash layers: apply the diff of several of them to a new one.',
      details: { id, depth: parents.length + 1, maxDepth: MAX_LOWERS },
    },
  );
}

/**
 * Whether a layer is all in its own directory, so that it can be read without a mount: not where the kernel leaves a redirect for a
 * renamed directory, or a file's metadata without its data, whether it was told to or cannot be told not to.
 */
export function hasNativeDiff(facts: Pick<HostFacts, 'behaviour'>): boolean {
  return facts.behaviour?.copiesWholeFiles === true && facts.behaviour.refusesRedirects;
}

/** What the driver promises, given what was seen of this host. The rest follows from the mount options and from overlay itself. */
export function overlay2Capabilities(
  facts: Pick<HostFacts, 'behaviour' | 'volatile' | 'timestampGranularity' | 'projects'>,
): Capabilities {
  return Object.freeze({
    copyOnWrite: 'file',
    maxDepth: MAX_DEPTH,
    nativeDiff: hasNativeDiff(facts),
    quota: facts.projects === 'limits' ? 'difference' : null,
    idMap: 'none',
    forks: false,
    mountLabel: false,
    timestampGranularity: facts.timestampGranularity,
    renameLowerDirectory: facts.behaviour?.refusesRedirects === false,
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
