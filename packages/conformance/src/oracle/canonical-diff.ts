import { compareTrees, directoryTree, packDiff } from '@graphdriver/archive';

/**
 * The archive that every driver has to write for the change from `lower` to `upper`, two plain directories.
 *
 * Made by the archive package from plain directories, with nothing known about what was touched: what a driver knows better
 * may make it faster, and may not change a byte.
 */
export async function canonicalDiff(upper: string, lower: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of packDiff(compareTrees(directoryTree(upper), directoryTree(lower)))) chunks.push(chunk);
  return Buffer.concat(chunks);
}
