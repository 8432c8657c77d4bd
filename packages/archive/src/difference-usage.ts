import type { Usage } from '@graphdriver/core';
import { type CompareOptions, compareTrees } from './compare-trees.ts';
import type { Tree, TreeNode } from './tree.ts';

/** What `st_blocks` counts in. */
const BLOCK = 512;

/**
 * What `upper` takes as a difference from `lower`: what it has added or replaced, hard links once.
 *
 * For drivers whose layers are whole trees. Walks both; reads contents only where metadata cannot tell.
 */
export async function usageOfDifference(upper: Tree, lower: Tree, options?: CompareOptions): Promise<Usage> {
  const sum = new UsageSum();
  for await (const { node } of compareTrees(upper, lower, options)) if (node !== undefined) sum.add(node);
  return sum.usage();
}

class UsageSum {
  readonly #linked = new Set<string>();
  #blocks = 0;
  #apparent = 0;
  #inodes = 0;

  add(node: TreeNode): void {
    if (node.nlink > 1 && node.type !== 'directory') {
      if (this.#linked.has(node.identity)) return;
      this.#linked.add(node.identity);
    }
    this.#blocks += node.blocks;
    this.#apparent += node.size;
    this.#inodes += 1;
  }

  usage(): Usage {
    return { allocated: this.#blocks * BLOCK, apparent: this.#apparent, inodes: this.#inodes };
  }
}
