import { directoryTree, emptyTree, usageOfDifference } from '@graphdriver/archive';
import type { CallOptions, Usage } from '@graphdriver/core';
import type { BackendLayer } from '@graphdriver/driver-kit';
import type { VfsLayout } from './layout.ts';
import { VFS_CAPABILITIES } from './vfs-capabilities.ts';

/** What a layer takes as a difference from its parent, although on disk it takes all of it: what it has added or replaced. */
export function layerUsage(layout: VfsLayout, layer: BackendLayer, options: CallOptions): Promise<Usage> {
  const [parent] = layer.parents;
  const lower = parent === undefined ? emptyTree : directoryTree(layout.files(parent));
  const { timestampGranularity } = VFS_CAPABILITIES;
  const known = { unchangedSince: layer.createdAt, timestampGranularity, signal: options.signal };
  return usageOfDifference(directoryTree(layout.files(layer.id)), lower, known);
}
