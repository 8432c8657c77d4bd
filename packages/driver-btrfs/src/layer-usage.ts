import { compareTrees, directoryTree, emptyTree, type Touched, type TreeNode } from '@graphdriver/archive';
import type { CallOptions, Usage } from '@graphdriver/core';
import { commonBytes, sharedBytes } from '@graphdriver/host';
import { InodePaths } from './inode-paths.ts';

/** What `st_blocks` counts in. */
const BLOCK = 512;

/** Two subvolumes to be compared: a layer's, and its parent's if it has one. */
export interface UsageRequest {
  readonly path: string;
  readonly parent: string | undefined;
  readonly touched: Touched | null;
  /** When the two were alike, in nanoseconds since 1970. */
  readonly since: bigint | undefined;
  /** Whose blocks do not count as the layer's own: its `parent`'s, or those that `anybody` has too, as children and forks do. */
  readonly without: 'parent' | 'anybody';
}

/** What a layer takes as a difference from its parent. `allocated` leaves out blocks that are not its own. */
export async function usageSince(request: UsageRequest, options: CallOptions): Promise<Usage> {
  const { path, parent, touched, since } = request;
  const lower = parent === undefined ? emptyTree : directoryTree(parent);
  const known = { touched, unchangedSince: since, signal: options.signal };
  const linked = new Set<string>();
  const usage = { allocated: 0, apparent: 0, inodes: 0 };
  using others = new OthersBytes(request);
  for await (const { node } of compareTrees(directoryTree(path), lower, known)) {
    if (node === undefined || isCounted(node, linked)) continue;
    const allocated = node.blocks * BLOCK;
    const mayShare = node.type === 'file' && allocated > 0;
    usage.allocated += mayShare
      ? Math.max(0, allocated - others.bytesIn(Buffer.from(node.location, 'latin1')))
      : allocated;
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

/** How much of a file is not the layer's own. */
class OthersBytes implements Disposable {
  readonly #lower: InodePaths | undefined;
  readonly #without: UsageRequest['without'];

  constructor({ parent, without }: UsageRequest) {
    this.#lower = parent === undefined || without === 'anybody' ? undefined : new InodePaths(parent);
    this.#without = without;
  }

  bytesIn(file: Buffer): number {
    const shared = sharedBytes(file);
    if (shared === 0 || this.#without === 'anybody') return shared;
    // In a snapshot a file keeps its inode number, by whatever name it goes there.
    const original = this.#lower?.sameInodeAs(file);
    return original === undefined ? 0 : commonBytes(file, original);
  }

  [Symbol.dispose](): void {
    this.#lower?.[Symbol.dispose]();
  }
}
