import { compareTrees, directoryTree, emptyTree, type Touched, type TreeNode } from '@graphdriver/archive';
import type { CallOptions, Usage } from '@graphdriver/core';
import { sharedBytes } from '@graphdriver/host';

/** What `st_blocks` counts in. */
const BLOCK = 512;

/** Two subvolumes to be compared: a layer's, and its parent's if it has one. */
export interface UsageRequest {
  readonly path: string;
  readonly parent: string | undefined;
  readonly touched: Touched | null;
  /** When the two were alike, in nanoseconds since 1970. */
  readonly since: bigint | undefined;
}

/**
 * What a layer takes as a difference from its parent. `allocated` leaves out all blocks that a file shares with another, which before
 * a layer has children means: with its parent.
 */
export async function usageSince(request: UsageRequest, options: CallOptions): Promise<Usage> {
  const { path, parent, touched, since } = request;
  const lower = parent === undefined ? emptyTree : directoryTree(parent);
  const known = { touched, unchangedSince: since, signal: options.signal };
  const linked = new Set<string>();
  const usage = { allocated: 0, apparent: 0, inodes: 0 };
  for await (const { node } of compareTrees(directoryTree(path), lower, known)) {
    if (node === undefined || isCounted(node, linked)) continue;
    usage.allocated += ownBytes(node);
    usage.apparent += node.size;
    usage.inodes += 1;
  }
  return usage;
}

function isCounted(node: TreeNode, linked: Set<string>): boolean {
  if (node.nlink < 2 || node.type === 'directory') return false;
  const counted = linked.has(node.identity);
  linked.add(node.identity);
  return counted;
}

function ownBytes({ type, blocks, location }: TreeNode): number {
  const allocated = blocks * BLOCK;
  if (type !== 'file' || allocated === 0) return allocated;
  return Math.max(0, allocated - sharedBytes(Buffer.from(location, 'latin1')));
}
