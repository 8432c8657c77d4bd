import { directoryTree, emptyTree, type Tree, usageOfDifference } from '@graphdriver/archive';
import type { CallOptions, Usage } from '@graphdriver/core';
import type { BackendLayer } from '@graphdriver/driver-kit';
import type { LayerDatasets } from './layer-datasets.ts';

/**
 * What a layer takes as a difference from its parent.
 *
 * `allocated` is what the files have that the layer adds or replaces, but no more than ZFS has counted for the layer: of a large file
 * of which a block was changed the others are the parent's.
 */
export async function usageOfLayer(
  datasets: LayerDatasets,
  layer: BackendLayer,
  options: CallOptions & { readonly timestampGranularity: number },
): Promise<Usage> {
  const [parent] = layer.parents;
  const known = {
    unchangedSince: layer.createdAt,
    timestampGranularity: options.timestampGranularity,
    signal: options.signal,
  };
  const measure = (upper: string, lower: Tree): Promise<Usage> => usageOfDifference(directoryTree(upper), lower, known);
  const files = await datasets.reading(layer.id, (upper) => {
    if (parent === undefined) return measure(upper, emptyTree);
    return datasets.reading(parent, (lower) => measure(upper, directoryTree(lower)));
  });
  const counted = await datasets.ownBytes(layer.id);
  return { ...files, allocated: Math.min(files.allocated, counted) };
}
